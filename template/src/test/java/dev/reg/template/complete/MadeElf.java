package dev.reg.template.complete;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A library for x86-64 put together by hand: names, needs, and symbols that others define. */
final class MadeElf {
  private static final int DYNAMIC = 0x100;
  private static final int STRINGS = 0x300;
  private static final int SYMBOLS = 0x600;
  private static final int HASH = 0xa00;
  private static final int VERSIONS = 0xb00;
  private static final int TEXT = 0xc00;
  private static final int SIZE = 0x1000;

  private final ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final List<long[]> dynamic = new ArrayList<>();
  private int names = 1;
  private int symbols = 1;

  MadeElf(String soname) {
    dynamic.add(new long[] {14, name(soname)});
  }

  private int name(String text) {
    int at = names;
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    out.put(STRINGS + at, bytes);
    names += bytes.length;
    return at;
  }

  MadeElf needing(String soname) {
    dynamic.add(new long[] {1, name(soname)});
    return this;
  }

  MadeElf importing(String function) {
    out.putInt(SYMBOLS + 24 * symbols, name(function));
    symbols++;
    return this;
  }

  /** One version that it offers. */
  MadeElf defining(String version) {
    out.putShort(VERSIONS, (short) 1).putShort(VERSIONS + 6, (short) 1);
    out.putInt(VERSIONS + 12, 20).putInt(VERSIONS + 20, name(version));
    dynamic.add(new long[] {0x6ffffffcL, VERSIONS});
    return this;
  }

  /** Bytes that are no part of any table. */
  MadeElf saying(String text) {
    out.put(TEXT, text.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  byte[] bytes() {
    out.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    out.putShort(16, (short) 3).putShort(18, (short) 62).putLong(32, 64);
    out.putShort(54, (short) 56).putShort(56, (short) 2);
    segment(64, 1, 0, SIZE);
    List<long[]> all = new ArrayList<>(dynamic);
    all.addAll(
        List.of(
            new long[] {5, STRINGS},
            new long[] {10, SYMBOLS - STRINGS},
            new long[] {6, SYMBOLS},
            new long[] {4, HASH},
            new long[] {0, 0}));
    segment(120, 2, DYNAMIC, all.size() * 16L);
    for (int i = 0; i < all.size(); i++) {
      out.putLong(DYNAMIC + 16 * i, all.get(i)[0]).putLong(DYNAMIC + 16 * i + 8, all.get(i)[1]);
    }
    out.putInt(HASH + 4, symbols);
    return Arrays.copyOf(out.array(), SIZE);
  }

  private void segment(int at, int type, long offset, long size) {
    out.putInt(at, type).putLong(at + 8, offset).putLong(at + 16, offset).putLong(at + 32, size);
  }
}
