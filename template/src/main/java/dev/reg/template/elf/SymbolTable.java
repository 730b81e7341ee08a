package dev.reg.template.elf;

import dev.reg.template.elf.ElfReader.Dynamic;
import dev.reg.template.elf.ElfReader.Names;
import dev.reg.template.elf.ElfReader.Segment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The dynamic symbols of one ELF file (System V gABI, chapter 4, "Symbol Table"), whose number only
 * the hash tables tell. As {@link ElfReader}, of a file that may have been made to harm, and for an
 * engine with little memory: what is kept of it is bounded, and so is the time that it takes.
 */
final class SymbolTable {
  /** Symbols that are looked at; the largest libraries have half of that. */
  private static final int MAX_SYMBOLS = 1 << 20;

  /** Symbols that one file takes from others. */
  private static final int MAX_UNDEFINED = 1 << 18;

  /** Symbols of one file whose names are kept. */
  static final int MAX_DEFINED = 50_000;

  /** Bytes of the names that are kept of one file. */
  static final int MAX_TEXT = 2 * 1024 * 1024;

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
  private final boolean wide;
  private final Names names;
  private final long table;
  private final long count;

  /**
   * @param table where in the file the first symbol is
   */
  private SymbolTable(ElfBytes in, boolean wide, Names names, long table, long count) {
    this.in = in;
    this.wide = wide;
    this.names = names;
    this.table = table;
    this.count = count;
  }

  /** Of a file; without a symbol when it has no dynamic section. */
  static SymbolTable of(ElfBytes in) throws IOException {
    ElfReader reader = new ElfReader(in);
    reader.identify();
    List<Segment> segments = reader.segments();
    Dynamic dynamic = reader.dynamic(segments);
    Names names = reader.names(segments, dynamic);
    Long symbols = dynamic.value(DT_SYMTAB);
    if (symbols == null) {
      return new SymbolTable(in, reader.isWide(), names, 0, 0);
    }
    int entry = entry(reader.isWide());
    long start = ElfReader.offset(segments, symbols);
    long count = count(in, reader, segments, dynamic);
    reader.within(start, count * entry);
    return new SymbolTable(in, reader.isWide(), names, start, count);
  }

  private static int entry(boolean wide) {
    return wide ? 24 : 16;
  }

  private static long count(ElfBytes in, ElfReader reader, List<Segment> segments, Dynamic dynamic)
      throws IOException {
    Long hash = dynamic.value(DT_HASH);
    if (hash != null) {
      return bounded(in.u32(reader.within(ElfReader.offset(segments, hash), 4)));
    }
    Long gnu = dynamic.value(DT_GNU_HASH);
    return gnu == null ? 0 : count(in, reader.isWide(), ElfReader.offset(segments, gnu));
  }

  private static long bounded(long count) throws ElfException {
    if (count > MAX_SYMBOLS) {
      throw new ElfException("it has " + count + " symbols, more than " + MAX_SYMBOLS);
    }
    return count;
  }

  /**
   * How many there are by a DT_GNU_HASH table: those it leaves out come first, the others in its
   * chains, each of which ends with an odd value (glibc's elf/dl-lookup.c).
   */
  static long count(ElfBytes in, boolean wide, long hash) throws IOException {
    long buckets = bounded(in.u32(hash));
    long first = bounded(in.u32(hash + 4));
    long bucket = hash + 16 + in.u32(hash + 8) * (wide ? 8 : 4);
    long last = 0;
    for (long i = 0; i < buckets; i++) {
      last = Math.max(last, in.u32(bucket + i * 4));
    }
    if (last < first) {
      return first;
    }
    long chain = bucket + buckets * 4;
    while ((in.u32(chain + (last - first) * 4) & 1) == 0) {
      bounded(++last);
    }
    return bounded(last + 1);
  }

  /**
   * Names of the symbols that the file defines for others.
   *
   * @throws ElfException also when there are more of them than are kept
   */
  Set<String> defined() throws IOException {
    Set<String> defined = new HashSet<>();
    for (long i = 1; i < count; i++) {
      long symbol = table + i * entry(wide);
      if (isOffered(symbol)) {
        String name = names.at(in.u32(symbol));
        if (!LINKERS.contains(name) && defined.add(name) && defined.size() > MAX_DEFINED) {
          throw new ElfException("it defines more than " + MAX_DEFINED + " symbols");
        }
      }
    }
    return defined;
  }

  private boolean isOffered(long symbol) throws IOException {
    int binding = in.u8(symbol + (wide ? 4 : 12)) >> 4;
    int visibility = in.u8(symbol + (wide ? 5 : 13)) & 3;
    return section(symbol) != 0
        && (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE)
        && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
  }

  private int section(long symbol) throws IOException {
    return in.u16(symbol + (wide ? 6 : 14));
  }

  /** Those of these names that others are to define. They are only compared, never kept. */
  Set<String> undefined(Collection<String> wanted) throws IOException {
    long[] offsets = undefined();
    Set<String> found = new LinkedHashSet<>();
    long before = -1;
    for (long offset : offsets) {
      if (offset != before) {
        for (String name : wanted) {
          if (isAt(name, offset)) {
            found.add(name);
          }
        }
      }
      before = offset;
    }
    return found;
  }

  /** Where the names of such symbols are, in the file's order, so that it is read once. */
  private long[] undefined() throws IOException {
    long[] offsets = new long[256];
    int used = 0;
    for (long i = 1; i < count; i++) {
      long symbol = table + i * entry(wide);
      if (section(symbol) == 0) {
        if (used == MAX_UNDEFINED) {
          throw new ElfException("it takes more than " + MAX_UNDEFINED + " symbols from others");
        }
        if (used == offsets.length) {
          offsets = Arrays.copyOf(offsets, 2 * used);
        }
        offsets[used++] = in.u32(symbol);
      }
    }
    Arrays.sort(offsets, 0, used);
    return Arrays.copyOf(offsets, used);
  }

  private boolean isAt(String name, long offset) throws IOException {
    byte[] bytes = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    long at = names.start + offset;
    return at + bytes.length <= names.end && Arrays.equals(in.bytes(at, bytes.length), bytes);
  }
}
