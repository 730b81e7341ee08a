package dev.reg.template.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A file's bytes by offset. Every access is checked against the file's size; the total of text
 * handed out is bounded, because tables may name one long string again and again.
 */
final class ElfBytes {
  private static final int WINDOW = 8_192;
  private static final int MAX_TEXT = 4_096;
  private static final int MAX_ALL_TEXT = 4 * 1024 * 1024;

  private final SeekableByteChannel channel;
  private final int maxText;
  private final long size;
  private final ByteBuffer window;
  private long start;
  private int text;

  ElfBytes(SeekableByteChannel channel) throws IOException {
    this(channel, WINDOW, MAX_ALL_TEXT);
  }

  /**
   * With other bounds than an ELF file's.
   *
   * @param view bytes that are in memory at a time
   * @param maxText bytes of text that are handed out at most
   */
  ElfBytes(SeekableByteChannel channel, int view, int maxText) throws IOException {
    this.channel = channel;
    this.window = ByteBuffer.allocate(Math.max(view, WINDOW));
    this.maxText = maxText;
    this.size = channel.size();
    window.limit(0);
  }

  long size() {
    return size;
  }

  void order(ByteOrder order) {
    window.order(order);
  }

  ByteOrder order() {
    return window.order();
  }

  int u8(long offset) throws IOException {
    return window.get(at(offset, 1)) & 0xff;
  }

  int u16(long offset) throws IOException {
    return window.getShort(at(offset, 2)) & 0xffff;
  }

  long u32(long offset) throws IOException {
    return window.getInt(at(offset, 4)) & 0xffff_ffffL;
  }

  /** Negative beyond 2^63: refused by whoever takes it for an offset. */
  long u64(long offset) throws IOException {
    return window.getLong(at(offset, 8));
  }

  byte[] bytes(long offset, int length) throws IOException {
    byte[] out = new byte[length];
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, WINDOW);
      int index = at(offset + done, n);
      window.get(index, out, done, n);
      done += n;
    }
    return out;
  }

  /** A text that ends with a NUL before {@code end}. */
  String text(long offset, long end) throws IOException {
    int limit = (int) Math.min(MAX_TEXT, Math.min(end, size) - offset);
    if (offset < 0 || limit <= 0) {
      throw new ElfException("a name lies outside its table");
    }
    int index = at(offset, Math.min(limit, WINDOW));
    for (int i = 0; i < limit; i++) {
      if (window.get(index + i) == 0) {
        text += i;
        if (text > maxText) {
          throw new ElfException("it has more than " + maxText + " bytes of names");
        }
        byte[] array = window.array();
        return new String(Arrays.copyOfRange(array, index, index + i), StandardCharsets.UTF_8);
      }
    }
    throw new ElfException("a name does not end");
  }

  /** Brings the bytes into the window and says where in it they are. */
  private int at(long offset, int length) throws IOException {
    if (offset < 0 || offset > size - length) {
      throw new ElfException("it ends before what its headers speak of");
    }
    if (offset < start || offset + length > start + window.limit()) {
      fill(offset, length);
    }
    return (int) (offset - start);
  }

  private void fill(long offset, int length) throws IOException {
    window.clear();
    channel.position(offset);
    int n;
    do {
      n = channel.read(window);
    } while (n > 0 && window.hasRemaining());
    window.flip();
    start = offset;
    if (window.limit() < length) {
      window.limit(0);
      throw new ElfException("it became shorter while it was read");
    }
  }
}
