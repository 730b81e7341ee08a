package dev.reg.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Streams over descriptors. */
final class FdStreams {
  private FdStreams() {}

  static final class In extends InputStream {
    private final Fd fd;

    In(Fd fd) {
      this.fd = fd;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      if (len == 0) {
        return 0;
      }
      int n = Descriptors.read(fd, b, off, len);
      return n == 0 ? -1 : n;
    }

    @Override
    public void close() {
      fd.close();
    }
  }

  static final class Out extends OutputStream {
    private final Fd fd;

    Out(Fd fd) {
      this.fd = fd;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      Descriptors.write(fd, b, off, len);
    }

    @Override
    public void close() {
      fd.close();
    }
  }
}
