package dev.reg.template.elf;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads one ELF file: elf(5), the System V gABI and the GNU symbol versioning of the Linux Standard
 * Base (Core, 10.7). The file may have been made to harm: nothing in it is followed twice, every
 * table has a bound, and no structure leads to recursion.
 */
final class ElfReader {
  private static final int MAX_SEGMENTS = 4_096;
  private static final int MAX_DYNAMIC = 65_536;
  private static final int MAX_NOTES = 64;
  private static final int MAX_VERSIONS = 65_536;

  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final int PT_NOTE = 4;

  private static final int DT_NEEDED = 1;
  private static final int DT_STRTAB = 5;
  private static final int DT_STRSZ = 10;
  private static final int DT_SONAME = 14;
  private static final int DT_RPATH = 15;
  private static final int DT_RUNPATH = 29;
  private static final int DT_FLAGS_1 = 0x6ffffffb;
  private static final int DT_VERDEF = 0x6ffffffc;
  private static final int DT_VERNEED = 0x6ffffffe;
  private static final int DT_AUXILIARY = 0x7ffffffd;
  private static final int DT_FILTER = 0x7fffffff;
  private static final long DF_1_NODEFLIB = 0x800;
  private static final int VER_FLG_WEAK = 2;

  private final ElfBytes in;
  private boolean wide;
  private int versions;

  ElfReader(ElfBytes in) {
    this.in = in;
  }

  record Segment(int type, long offset, long address, long size) {}

  /** The dynamic section: the last value of each tag, and every name of those that may repeat. */
  record Dynamic(Map<Long, Long> values, Map<Long, List<Long>> names) {
    List<Long> names(int tag) {
      return names.getOrDefault((long) tag, List.of());
    }

    @Nullable Long value(int tag) {
      return values.get((long) tag);
    }
  }

  ElfFile read() throws IOException {
    boolean little = identify();
    List<Segment> segments = segments();
    String interpreter = null;
    int notes = 0;
    List<ElfFile.Dlopen> dlopen = new ArrayList<>();
    for (Segment segment : segments) {
      switch (segment.type) {
        case PT_INTERP -> interpreter = in.text(segment.offset, segment.offset + segment.size);
        case PT_NOTE -> {
          // They may all be the same one.
          if (++notes > MAX_NOTES) {
            throw new ElfException("it has more than " + MAX_NOTES + " segments of notes");
          }
          dlopen.addAll(DlopenNotes.read(in, segment.offset, segment.size));
        }
        default -> {}
      }
    }
    return file(little, interpreter, segments, dynamic(segments), dlopen);
  }

  /**
   * Reads the identification, by which everything else is read.
   *
   * @return whether it is little-endian
   */
  boolean identify() throws IOException {
    if (in.size() < 4
        || in.u8(0) != 0x7f
        || in.u8(1) != 'E'
        || in.u8(2) != 'L'
        || in.u8(3) != 'F') {
      throw new ElfException("it does not begin as an ELF file");
    }
    wide = choice(in.u8(4), "class") == 2;
    boolean little = choice(in.u8(5), "byte order") == 1;
    in.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return little;
  }

  /** Whether it is of 64 bits; after {@link #identify}. */
  boolean isWide() {
    return wide;
  }

  private static int choice(int value, String what) throws ElfException {
    if (value != 1 && value != 2) {
      throw new ElfException("its " + what + " is " + value + ", neither 1 nor 2");
    }
    return value;
  }

  private ElfFile file(
      boolean little,
      @Nullable String interpreter,
      List<Segment> segments,
      Dynamic dynamic,
      List<ElfFile.Dlopen> dlopen)
      throws IOException {
    Names names = names(segments, dynamic);
    Long flags = dynamic.value(DT_FLAGS_1);
    Long need = dynamic.value(DT_VERNEED);
    Long define = dynamic.value(DT_VERDEF);
    return new ElfFile(
        wide ? 64 : 32,
        little,
        in.u16(18),
        in.u16(16),
        interpreter,
        names.optional(dynamic.value(DT_SONAME)),
        names.all(dynamic.names(DT_NEEDED)),
        names.all(dynamic.names(DT_FILTER)),
        names.all(dynamic.names(DT_AUXILIARY)),
        names.optional(dynamic.value(DT_RPATH)),
        names.optional(dynamic.value(DT_RUNPATH)),
        flags != null && (flags & DF_1_NODEFLIB) != 0,
        need == null ? Map.of() : versionsNeeded(offset(segments, need), names),
        define == null ? Set.of() : versionsDefined(offset(segments, define), names),
        List.copyOf(dlopen));
  }

  List<Segment> segments() throws IOException {
    long table = wide ? in.u64(32) : in.u32(28);
    int entry = in.u16(wide ? 54 : 42);
    int count = in.u16(wide ? 56 : 44);
    if (count == 0) {
      return List.of();
    }
    if (entry != (wide ? 56 : 32)) {
      throw new ElfException("its program headers have " + entry + " bytes each");
    }
    if (count > MAX_SEGMENTS) {
      throw new ElfException("it has " + count + " segments, more than " + MAX_SEGMENTS);
    }
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long at = within(table, (long) i * entry);
      segments.add(
          wide
              ? new Segment((int) in.u32(at), in.u64(at + 8), in.u64(at + 16), in.u64(at + 32))
              : new Segment((int) in.u32(at), in.u32(at + 4), in.u32(at + 8), in.u32(at + 16)));
    }
    return segments;
  }

  /** Of several dynamic sections the last, as the loader (glibc's _dl_map_object_from_fd). */
  Dynamic dynamic(List<Segment> segments) throws IOException {
    for (Segment segment : segments.reversed()) {
      if (segment.type == PT_DYNAMIC) {
        return dynamic(segment);
      }
    }
    return new Dynamic(Map.of(), Map.of());
  }

  private Dynamic dynamic(Segment segment) throws IOException {
    Map<Long, Long> values = new TreeMap<>();
    Map<Long, List<Long>> names = new TreeMap<>();
    int entry = wide ? 16 : 8;
    long count = segment.size / entry;
    for (long i = 0; i < count; i++) {
      if (i >= MAX_DYNAMIC) {
        throw new ElfException("its dynamic section has more than " + MAX_DYNAMIC + " entries");
      }
      long at = within(segment.offset, i * entry);
      long tag = wide ? in.u64(at) : in.u32(at);
      long value = wide ? in.u64(at + 8) : in.u32(at + 4);
      if (tag == 0) {
        break;
      }
      if (tag == DT_NEEDED || tag == DT_FILTER || tag == DT_AUXILIARY) {
        names.computeIfAbsent(tag, key -> new ArrayList<>()).add(value);
      } else {
        values.put(tag, value);
      }
    }
    return new Dynamic(values, names);
  }

  /** The string table of the dynamic section. */
  final class Names {
    final long start;
    final long end;

    private Names(long start, long end) {
      this.start = start;
      this.end = end;
    }

    String at(long offset) throws IOException {
      if (offset < 0 || offset >= end - start) {
        throw new ElfException("a name lies outside its table");
      }
      return in.text(start + offset, end);
    }

    List<String> all(List<Long> offsets) throws IOException {
      List<String> all = new ArrayList<>();
      for (long offset : offsets) {
        all.add(at(offset));
      }
      return List.copyOf(all);
    }

    @Nullable String optional(@Nullable Long offset) throws IOException {
      return offset == null ? null : at(offset);
    }
  }

  Names names(List<Segment> segments, Dynamic dynamic) throws IOException {
    Long table = dynamic.value(DT_STRTAB);
    Long size = dynamic.value(DT_STRSZ);
    if (table == null || size == null) {
      return new Names(0, 0);
    }
    long start = offset(segments, table);
    return new Names(start, within(start, size));
  }

  /** Where in the file lies what the loader maps to this address. */
  static long offset(List<Segment> segments, long address) throws ElfException {
    for (Segment segment : segments) {
      long distance = address - segment.address;
      if (segment.type == PT_LOAD
          && Long.compareUnsigned(address, segment.address) >= 0
          && Long.compareUnsigned(distance, segment.size) < 0
          && segment.offset >= 0
          && distance >= 0
          && segment.offset <= Long.MAX_VALUE - distance) {
        return segment.offset + distance;
      }
    }
    throw new ElfException("the address 0x" + Long.toHexString(address) + " is not in the file");
  }

  long within(long start, long distance) throws ElfException {
    if (start < 0 || distance < 0 || start > in.size() || distance > in.size() - start) {
      throw new ElfException("it ends before what its headers speak of");
    }
    return start + distance;
  }

  private void countVersion() throws ElfException {
    if (++versions > MAX_VERSIONS) {
      throw new ElfException("it names more than " + MAX_VERSIONS + " versions");
    }
  }

  private Map<String, Set<String>> versionsNeeded(long start, Names names) throws IOException {
    Map<String, Set<String>> needed = new TreeMap<>();
    long at = start;
    while (true) {
      countVersion();
      int count = in.u16(at + 2);
      Set<String> wanted =
          needed.computeIfAbsent(names.at(in.u32(at + 4)), key -> new LinkedHashSet<>());
      long aux = within(at, in.u32(at + 8));
      for (int i = 0; i < count; i++) {
        countVersion();
        if ((in.u16(aux + 4) & VER_FLG_WEAK) == 0) {
          wanted.add(names.at(in.u32(aux + 8)));
        }
        long next = in.u32(aux + 12);
        if (next == 0) {
          break;
        }
        aux = within(aux, next);
      }
      long next = in.u32(at + 12);
      if (next == 0) {
        return needed;
      }
      at = within(at, next);
    }
  }

  private Set<String> versionsDefined(long start, Names names) throws IOException {
    Set<String> defined = new LinkedHashSet<>();
    long at = start;
    while (true) {
      countVersion();
      if (in.u16(at + 6) > 0) {
        defined.add(names.at(in.u32(within(at, in.u32(at + 12)))));
      }
      long next = in.u32(at + 16);
      if (next == 0) {
        return defined;
      }
      at = within(at, next);
    }
  }
}
