package dev.reg.template.unify;

import dev.reg.store.ObjectId;
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

/** Of objects in the repository, each read once while they fit. Not for several threads. */
public final class StoredFacts implements ElfFacts {
  /** Names of symbols that are remembered; those of more files are read whenever asked for. */
  private static final int REMEMBERED = 100_000;

  private final Function<ObjectId, Path> objects;
  private final ElfFiles files = new ElfFiles();
  private final Map<ObjectId, Optional<Set<String>>> symbols = new HashMap<>();
  private int remembered;

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
    try {
      return files.read(objects.apply(object));
    } catch (ElfException | NoSuchFileException e) {
      // What it needs nobody can say: whoever shows its template to be complete tells.
      return null;
    }
  }

  @Override
  public @Nullable Set<String> symbols(ObjectId object) throws IOException {
    Optional<Set<String>> known = symbols.get(object);
    if (known == null) {
      known = read(objects.apply(object));
      int names = known.map(Set::size).orElse(0);
      if (remembered + names <= REMEMBERED) {
        remembered += names;
        symbols.put(object, known);
      }
    }
    return known.orElse(null);
  }

  private static Optional<Set<String>> read(Path file) throws IOException {
    try {
      return Optional.of(ElfFile.defined(file));
    } catch (ElfException | NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
