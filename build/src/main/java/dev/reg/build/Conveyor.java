package dev.reg.build;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A stream that one thread fills and another reads. At most 8 MiB wait in it: then whoever fills it
 * waits, too. Each of the two may be interrupted, which is an {@link InterruptedIOException}.
 */
final class Conveyor extends InputStream {
  private static final int CHUNK = 65_536;
  private static final int CHUNKS = 128;
  private static final byte[] END = {};

  private final BlockingQueue<byte[]> chunks = new ArrayBlockingQueue<>(CHUNKS);

  // The reader's.
  private byte[] chunk = {};
  private int at;
  private boolean ended;

  /** Takes all of a stream. */
  void fill(InputStream in) throws IOException {
    byte[] next = new byte[CHUNK];
    for (int n = in.readNBytes(next, 0, CHUNK); n > 0; n = in.readNBytes(next, 0, CHUNK)) {
      put(n == CHUNK ? next : Arrays.copyOf(next, n));
      next = new byte[CHUNK];
    }
  }

  /** Nothing more comes; to be called in any case, or the reader waits for ever. */
  void end() throws IOException {
    put(END);
  }

  private void put(byte[] next) throws IOException {
    try {
      chunks.put(next);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    IOException out = new InterruptedIOException("interrupted");
    out.initCause(e);
    return out;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at == chunk.length && !ended) {
      try {
        chunk = chunks.take();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      at = 0;
      ended = chunk.length == 0;
    }
    if (ended) {
      return -1;
    }
    int n = Math.min(length, chunk.length - at);
    System.arraycopy(chunk, at, buffer, offset, n);
    at += n;
    return n;
  }
}
