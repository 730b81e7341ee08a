package dev.reg.template.elf;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An ld.so.cache: glibc's sysdeps/generic/dl-cache.h and elf/cache.c, in the form
 * "glibc-ld.so.cache 1.1" that ldconfig writes since glibc 2.2, alone or behind the old one. The
 * bytes may have been made to harm: every table is bounded by the file's size, and every text by
 * its length.
 */
public final class LoaderCache {
  private static final byte[] OLD = "ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NEW = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
  private static final int OLD_HEADER = 16;
  private static final int OLD_ENTRY = 12;
  private static final int HEADER = 48;
  private static final int ENTRY = 24;

  private static final int MAX_SIZE = 16 << 20;
  private static final int MAX_TEXT = 64 << 20;
  private static final int MAX_ENTRIES = 500_000;
  private static final int MAX_SECTIONS = 64;
  private static final int MAX_LEVELS = 1_024;

  private static final int LITTLE = 2;
  private static final int BIG = 3;
  private static final long EXTENSIONS = 0xeaa42174L;
  private static final long HWCAPS_SECTION = 1;
  private static final long HWCAPS_ENTRY = 1L << 62;

  private final Map<String, List<Entry>> entries;

  /**
   * A library.
   *
   * @param flags what it runs on, FLAG_ of sysdeps/generic/ldconfig.h
   * @param level the directory below glibc-hwcaps for whose processors it is built, {@code legacy}
   *     for one of the older scheme; empty for any processor
   */
  public record Entry(String path, int flags, String level) {
    boolean isForAny() {
      return level.isEmpty();
    }
  }

  private LoaderCache(Map<String, List<Entry>> entries) {
    this.entries = entries;
  }

  /** The libraries of this name in the loader's order; none when there is none. */
  public List<Entry> find(String name) {
    return entries.getOrDefault(name, List.of());
  }

  /** How many names it has. */
  public int size() {
    return entries.size();
  }

  /**
   * Reads it whole.
   *
   * @throws ElfException when it is none or a damaged one; which the loader takes for none at all
   */
  public static LoaderCache read(SeekableByteChannel channel) throws IOException {
    if (channel.size() > MAX_SIZE) {
      throw new ElfException("it has " + channel.size() + " bytes, more than " + MAX_SIZE);
    }
    return new Reader(new ElfBytes(channel, (int) channel.size(), MAX_TEXT)).read();
  }

  private static final class Reader {
    private final ElfBytes in;
    private final Map<String, List<Entry>> entries = new HashMap<>();

    Reader(ElfBytes in) {
      this.in = in;
      in.order(ByteOrder.nativeOrder());
    }

    LoaderCache read() throws IOException {
      if (begins(0, NEW)) {
        newForm(0);
      } else if (begins(0, OLD)) {
        long count = in.u32(12);
        checkTable(OLD_HEADER, count, OLD_ENTRY, in.size());
        long strings = OLD_HEADER + count * OLD_ENTRY;
        long next = (strings + 7) & ~7L;
        if (begins(next, NEW)) {
          newForm(next);
        } else {
          oldForm(count, strings);
        }
      } else {
        throw new ElfException("it does not begin as a loader's cache");
      }
      return new LoaderCache(entries);
    }

    private boolean begins(long at, byte[] magic) throws IOException {
      return in.size() - at >= magic.length && Arrays.equals(in.bytes(at, magic.length), magic);
    }

    private static void checkTable(long start, long count, int entry, long end)
        throws ElfException {
      if (count > MAX_ENTRIES) {
        throw new ElfException("it has " + count + " entries, more than " + MAX_ENTRIES);
      }
      if (start > end || count * entry > end - start) {
        throw new ElfException("it ends before its " + count + " entries do");
      }
    }

    private void oldForm(long count, long strings) throws IOException {
      for (long i = 0; i < count; i++) {
        long at = OLD_HEADER + i * OLD_ENTRY;
        add(strings, in.u32(at + 4), in.u32(at + 8), (int) in.u32(at), "");
      }
    }

    private void newForm(long base) throws IOException {
      if (in.size() - base < HEADER) {
        throw new ElfException("it ends within its header");
      }
      int order = in.u8(base + 28) & 3;
      if (order == LITTLE || order == BIG) {
        in.order(order == LITTLE ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      } else if (order != 0) {
        throw new ElfException("its byte order is " + order);
      }
      long count = in.u32(base + 20);
      checkTable(base + HEADER, count, ENTRY, in.size());
      List<String> levels = levels(base, in.u32(base + 32));
      for (long i = 0; i < count; i++) {
        long at = base + HEADER + i * ENTRY;
        long hwcap = in.u64(at + 16);
        add(base, in.u32(at + 4), in.u32(at + 8), (int) in.u32(at), level(hwcap, levels));
      }
    }

    private static String level(long hwcap, List<String> levels) throws ElfException {
      if (hwcap == 0) {
        return "";
      }
      if ((hwcap & HWCAPS_ENTRY) == 0) {
        return "legacy";
      }
      long index = hwcap & 0xffff_ffffL;
      if (index >= levels.size()) {
        throw new ElfException("an entry is for a kind of processor that it does not name");
      }
      return levels.get((int) index);
    }

    /** Names of glibc-hwcaps directories, from the extensions behind the entries. */
    private List<String> levels(long base, long extensions) throws IOException {
      if (extensions == 0) {
        return List.of();
      }
      long start = base + extensions;
      if (start > in.size() - 8 || in.u32(start) != EXTENSIONS) {
        throw new ElfException("its extensions do not begin as such");
      }
      long count = in.u32(start + 4);
      if (count > MAX_SECTIONS) {
        throw new ElfException("it has " + count + " extensions, more than " + MAX_SECTIONS);
      }
      List<String> levels = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        long section = start + 8 + i * 16;
        if (in.u32(section) == HWCAPS_SECTION) {
          long offset = in.u32(section + 8);
          long size = in.u32(section + 12);
          if (size / 4 > MAX_LEVELS || base + offset + size > in.size()) {
            throw new ElfException("its list of processors lies outside the file");
          }
          for (long at = base + offset; at + 4 <= base + offset + size; at += 4) {
            levels.add(text(base, in.u32(at)));
          }
        }
      }
      return levels;
    }

    private void add(long base, long key, long value, int flags, String level) throws IOException {
      String path = text(base, value);
      if (path.startsWith("/")) {
        entries
            .computeIfAbsent(text(base, key), name -> new ArrayList<>(1))
            .add(new Entry(path, flags, level));
      }
    }

    private String text(long base, long offset) throws IOException {
      return in.text(base + offset, in.size());
    }
  }
}
