package dev.reg.build;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;

/** Ends what expands without measure, as no honest archive does. */
final class BoundedStream extends FilterInputStream {
  /** Bytes that may come out of fewer than {@link #MOST_TIMES} of them. */
  private static final long FREE = 64L << 20;

  private static final int MOST_TIMES = 250;

  private final LongSupplier packed;
  private long bytes;

  /**
   * @param packed bytes of the packed form that were read so far
   */
  BoundedStream(InputStream content, LongSupplier packed) {
    super(content);
    this.packed = packed;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = super.read(buffer, offset, length);
    bytes += Math.max(n, 0);
    if (bytes > FREE && bytes / MOST_TIMES > packed.getAsLong()) {
      throw new IOException("it expands to more than " + MOST_TIMES + " times its size");
    }
    return n;
  }

  /** Through a digest, skipped bytes have to be read. */
  @Override
  public long skip(long count) throws IOException {
    byte[] buffer = new byte[(int) Math.min(count, 65_536)];
    return Math.max(read(buffer, 0, buffer.length), 0);
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
