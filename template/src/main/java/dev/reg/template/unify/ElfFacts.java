package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.elf.ElfFile;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What objects are to the dynamic loader. Asked for the same object again and again. */
public interface ElfFacts {
  /** Null for what is no sound ELF file. */
  @Nullable ElfFile elf(ObjectId object) throws IOException;

  /** The names that a sound ELF file defines for others; null when they cannot be read. */
  @Nullable Set<String> symbols(ObjectId object) throws IOException;
}
