package dev.reg.build;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts the bytes that a reader without a buffer of its own has taken. */
final class CountingStream extends FilterInputStream {
  /** Bytes read and skipped so far. */
  long count;

  CountingStream(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    count += b < 0 ? 0 : 1;
    return b;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    count += Math.max(n, 0);
    return n;
  }

  @Override
  public long skip(long bytes) throws IOException {
    long n = super.skip(bytes);
    count += n;
    return n;
  }

  /** What is read twice would count twice. */
  @Override
  public boolean markSupported() {
    return false;
  }
}
