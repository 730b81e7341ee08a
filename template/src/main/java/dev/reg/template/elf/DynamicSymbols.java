package dev.reg.template.elf;

import dev.reg.template.elf.ElfReader.Dynamic;
import dev.reg.template.elf.ElfReader.Segment;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names that an ELF file offers to others: its dynamic symbol table (System V gABI, chapter 4,
 * "Symbol Table"), whose length only the hash tables tell. As {@link ElfReader}, of a file that may
 * have been made to harm.
 */
public final class DynamicSymbols {
  private static final int MAX_SYMBOLS = 1_000_000;
  private static final int MAX_TEXT = 64 * 1024 * 1024;
  private static final int WINDOW = 64 * 1024;

  private static final int DT_HASH = 4;
  private static final int DT_SYMTAB = 6;
  private static final int DT_GNU_HASH = 0x6ffffef5;

  private static final int STB_GLOBAL = 1;
  private static final int STB_WEAK = 2;
  private static final int STB_GNU_UNIQUE = 10;
  private static final int STV_DEFAULT = 0;
  private static final int STV_PROTECTED = 3;

  /** What the linker puts into every file, and nobody asks another file for. */
  private static final Set<String> LINKERS =
      Set.of("_init", "_fini", "_edata", "_end", "__bss_start", "edata", "end");

  private final ElfBytes in;
  private final ElfReader reader;
  private final List<Segment> segments;
  private final Dynamic dynamic;

  private DynamicSymbols(ElfBytes in) throws IOException {
    this.in = in;
    this.reader = new ElfReader(in);
    reader.identify();
    this.segments = reader.segments();
    Segment found =
        segments.stream()
            .filter(segment -> segment.type() == ElfReader.PT_DYNAMIC)
            .findFirst()
            .orElseThrow(() -> new ElfException("it has no dynamic section"));
    this.dynamic = reader.dynamic(found);
  }

  /**
   * Names of the symbols that a file defines for others.
   *
   * @throws ElfException when it is no ELF file, or a damaged one, or has more than a million
   */
  public static Set<String> defined(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return new DynamicSymbols(new ElfBytes(channel, WINDOW, MAX_TEXT)).read();
    }
  }

  private Set<String> read() throws IOException {
    Long table = dynamic.value(DT_SYMTAB);
    if (table == null) {
      return Set.of();
    }
    long count = count();
    if (count > MAX_SYMBOLS) {
      throw new ElfException("it has more than " + MAX_SYMBOLS + " symbols");
    }
    ElfReader.Names names = reader.names(segments, dynamic);
    long start = ElfReader.offset(segments, table);
    int size = reader.isWide() ? 24 : 16;
    Set<String> defined = new HashSet<>();
    for (long i = 1; i < count; i++) {
      long at = reader.within(start, i * size);
      if (isOffered(at)) {
        String name = names.at(in.u32(at));
        if (!LINKERS.contains(name)) {
          defined.add(name);
        }
      }
    }
    return defined;
  }

  private boolean isOffered(long at) throws IOException {
    int info = in.u8(at + (reader.isWide() ? 4 : 12));
    int visibility = in.u8(at + (reader.isWide() ? 5 : 13)) & 3;
    int section = in.u16(at + (reader.isWide() ? 6 : 14));
    int binding = info >> 4;
    return section != 0
        && (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE)
        && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
  }

  private long count() throws IOException {
    Long hash = dynamic.value(DT_HASH);
    if (hash != null) {
      return in.u32(ElfReader.offset(segments, hash) + 4);
    }
    Long gnu = dynamic.value(DT_GNU_HASH);
    if (gnu == null) {
      return 0;
    }
    return ofChains(ElfReader.offset(segments, gnu));
  }

  /** The last chain ends with the last symbol (binutils' bfd/elflink.c writes it so). */
  private long ofChains(long at) throws IOException {
    long buckets = in.u32(at);
    long first = in.u32(at + 4);
    long words = in.u32(at + 8);
    if (buckets > MAX_SYMBOLS || words > MAX_SYMBOLS) {
      throw new ElfException("its hash table is too large");
    }
    long table = reader.within(at + 16, words * (reader.isWide() ? 8 : 4));
    long highest = 0;
    for (long i = 0; i < buckets; i++) {
      highest = Math.max(highest, in.u32(reader.within(table, i * 4)));
    }
    if (highest < first) {
      return first;
    }
    long chains = reader.within(table, buckets * 4);
    long index = highest;
    while ((in.u32(reader.within(chains, (index - first) * 4)) & 1) == 0) {
      if (++index > MAX_SYMBOLS) {
        throw new ElfException("it has more than " + MAX_SYMBOLS + " symbols");
      }
    }
    return index + 1;
  }
}
