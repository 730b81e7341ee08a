package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.elf.DynamicSymbols;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.elf.ElfFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Of objects in the repository, each read once. Not for several threads. */
public final class StoredFacts implements ElfFacts {
  private final Function<ObjectId, Path> objects;
  private final Map<ObjectId, Optional<ElfFile>> files = new HashMap<>();
  private final Map<ObjectId, Set<String>> symbols = new HashMap<>();

  /**
   * Facts that are still to be read.
   *
   * @param objects where the content of each object is
   */
  public StoredFacts(Function<ObjectId, Path> objects) {
    this.objects = objects;
  }

  @Override
  public @Nullable ElfFile elf(ObjectId object) throws IOException {
    Optional<ElfFile> known = files.get(object);
    if (known == null) {
      known = read(objects.apply(object));
      files.put(object, known);
    }
    return known.orElse(null);
  }

  private static Optional<ElfFile> read(Path file) throws IOException {
    try {
      return ElfFiles.isElf(file) ? Optional.of(ElfFile.read(file)) : Optional.empty();
    } catch (ElfException | NoSuchFileException e) {
      // What it needs nobody can say: whoever shows its template to be complete tells.
      return Optional.empty();
    }
  }

  @Override
  public Set<String> symbols(ObjectId object) throws IOException {
    Set<String> known = symbols.get(object);
    if (known == null) {
      try {
        known = DynamicSymbols.defined(objects.apply(object));
      } catch (ElfException e) {
        known = Set.of();
      }
      symbols.put(object, known);
    }
    return known;
  }
}
