package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The dynamic symbols of one ELF file (elf(5), .dynsym). Names are only compared, never kept: there
 * is no bound on their length.
 */
final class Symbols {
  private static final int MAX_SYMBOLS = 1 << 20;

  private final ElfBytes in;
  private final boolean wide;
  private final long table;
  private final long count;

  /**
   * @param table where in the file the first symbol is
   */
  Symbols(ElfBytes in, boolean wide, long table, long count) {
    this.in = in;
    this.wide = wide;
    this.table = table;
    this.count = count;
  }

  static long bounded(long count) throws ElfException {
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
   * Those of these names that others are to define.
   *
   * @param names where in the file their names are
   * @param end where these end
   */
  Set<String> undefined(Collection<String> wanted, long names, long end) throws IOException {
    int entry = wide ? 24 : 16;
    LongStream.Builder offsets = LongStream.builder();
    for (long i = 1; i < count; i++) {
      long symbol = table + i * entry;
      if (in.u16(symbol + (wide ? 6 : 14)) == 0) {
        offsets.add(in.u32(symbol));
      }
    }
    Set<String> found = new LinkedHashSet<>();
    // In the order of the names, so that the file is read once.
    for (long offset : offsets.build().sorted().distinct().toArray()) {
      for (String name : wanted) {
        if (isAt(name, names + offset, end)) {
          found.add(name);
        }
      }
    }
    return found;
  }

  private boolean isAt(String name, long offset, long end) throws IOException {
    byte[] bytes = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    return offset + bytes.length <= end && Arrays.equals(in.bytes(offset, bytes.length), bytes);
  }
}
