package dev.reg.template.elf;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the dynamic loader reads of an ELF file.
 *
 * @param bits 32 or 64
 * @param machine e_machine of elf(5): 62 x86-64, 183 AArch64, 3 i386
 * @param type e_type: 2 executable, 3 shared object
 * @param interpreter PT_INTERP
 * @param soname DT_SONAME
 * @param needed DT_NEEDED in the file's order
 * @param filters DT_FILTER: loaded as if needed
 * @param auxiliaries DT_AUXILIARY: loaded if they are there
 * @param rpath DT_RPATH, unexpanded
 * @param runpath DT_RUNPATH, unexpanded
 * @param noDefaultLibraries DF_1_NODEFLIB of DT_FLAGS_1
 * @param versionsNeeded versions wanted (VERNEED) by file name of the library; weak ones left out
 * @param versionsDefined versions offered (VERDEF), the base version among them; empty when the
 *     file has no version information, which the loader takes for any version
 * @param dlopen what .note.dlopen names, in its order
 */
public record ElfFile(
    int bits,
    boolean littleEndian,
    int machine,
    int type,
    @Nullable String interpreter,
    @Nullable String soname,
    List<String> needed,
    List<String> filters,
    List<String> auxiliaries,
    @Nullable String rpath,
    @Nullable String runpath,
    boolean noDefaultLibraries,
    Map<String, Set<String>> versionsNeeded,
    Set<String> versionsDefined,
    List<Dlopen> dlopen) {
  static final int EXECUTABLE = 2;
  static final int SHARED = 3;

  /** Bytes that are in memory of a file whose names are read in no order. */
  private static final int WINDOW = 64 * 1024;

  /**
   * One feature of a .note.dlopen (the FDO specification "ELF dlopen metadata").
   *
   * @param sonames any one of them provides it, the first preferred
   * @param priority required, recommended or suggested
   */
  public record Dlopen(List<String> sonames, String priority) {
    public Dlopen {
      sonames = List.copyOf(sonames);
    }
  }

  /** As {@link #read(SeekableByteChannel)}; the file itself must not be a symbolic link. */
  public static ElfFile read(Path file) throws IOException {
    try (SeekableByteChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return read(channel);
    }
  }

  /**
   * Reads headers, dynamic section and notes; memory and time are bounded whatever the file says.
   *
   * @throws ElfException when it is no ELF file or a damaged one
   */
  public static ElfFile read(SeekableByteChannel channel) throws IOException {
    return new ElfReader(new ElfBytes(channel)).read();
  }

  /**
   * Which of these symbols a file takes from other objects, of whatever version; bounded as {@link
   * #read(Path)}.
   *
   * @throws ElfException when it is no ELF file or a damaged one
   */
  public static Set<String> imports(Path file, Collection<String> wanted) throws IOException {
    try (SeekableByteChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return imports(channel, wanted);
    }
  }

  /** As {@link #imports(Path, Collection)}. */
  public static Set<String> imports(SeekableByteChannel channel, Collection<String> wanted)
      throws IOException {
    return SymbolTable.of(new ElfBytes(channel)).undefined(wanted);
  }

  /**
   * The symbols that a file defines for others; bounded as {@link #read(Path)}.
   *
   * @throws ElfException when it is no ELF file, a damaged one, or defines more than 50,000, or
   *     such with more than 2 MiB of names
   */
  public static Set<String> defined(Path file) throws IOException {
    try (SeekableByteChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return defined(channel);
    }
  }

  /** As {@link #defined(Path)}. */
  public static Set<String> defined(SeekableByteChannel channel) throws IOException {
    return SymbolTable.of(new ElfBytes(channel, WINDOW, SymbolTable.MAX_TEXT)).defined();
  }

  /** How many names are kept of it: what it costs in memory, about. */
  int names() {
    int versions = versionsNeeded.values().stream().mapToInt(Set::size).sum();
    int sonames = dlopen.stream().mapToInt(one -> one.sonames().size()).sum();
    return needed.size()
        + filters.size()
        + auxiliaries.size()
        + versions
        + sonames
        + versionsNeeded.size()
        + versionsDefined.size()
        + 1;
  }

  /** Whether the loader could put both into one process. */
  boolean fits(ElfFile other) {
    return bits == other.bits && littleEndian == other.littleEndian && machine == other.machine;
  }
}
