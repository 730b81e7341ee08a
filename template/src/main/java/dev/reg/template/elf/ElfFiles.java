package dev.reg.template.elf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** ELF files, each parsed once. To be shared by closures whose files do not change meanwhile. */
public final class ElfFiles {
  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  /** Names that are kept of all of them: an engine has little memory. */
  private static final int MAX_NAMES = 200_000;

  private final Map<Path, Object> known = new ConcurrentHashMap<>();
  private final AtomicInteger names = new AtomicInteger();

  /**
   * The parsed file.
   *
   * @throws ElfException when it is no ELF file, a damaged one, or one too many: all that were read
   *     name more libraries and versions than are kept
   */
  public ElfFile read(Path file) throws IOException {
    Object found = known.get(file);
    if (found == null) {
      try {
        ElfFile elf = ElfFile.read(file);
        boolean few = names.addAndGet(elf.names()) <= MAX_NAMES;
        found = few ? elf : "it and others name more than " + MAX_NAMES + " libraries and versions";
      } catch (ElfException e) {
        found = String.valueOf(e.getMessage());
      }
      known.put(file, found);
    }
    if (found instanceof ElfFile elf) {
      return elf;
    }
    throw new ElfException(found.toString());
  }

  /** Whether a file begins as an ELF file, sound or not. */
  public static boolean isElf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return isElf(in.readNBytes(MAGIC.length));
    }
  }

  /** Whether these, the first bytes of a file, are an ELF file's. */
  public static boolean isElf(byte[] head) {
    return head.length >= MAGIC.length
        && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }
}
