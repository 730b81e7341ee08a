package dev.reg.linux;

/** An eventfd(2): wakes a thread that waits in epoll. */
public final class EventFd implements AutoCloseable {
  private static final byte[] ONE = one();

  private final Fd fd;

  private EventFd(Fd fd) {
    this.fd = fd;
  }

  public static EventFd create() throws SyscallException {
    long fd = Kernel.call(Scratch.get(), Sys.EVENTFD2, 0, Open.O_CLOEXEC | Open.O_NONBLOCK);
    return new EventFd(Descriptors.fd(fd, "eventfd2", ""));
  }

  public Fd fd() {
    return fd;
  }

  public void signal() throws SyscallException {
    Descriptors.write(fd, ONE);
  }

  /** Takes the signals that came so far. */
  public void drain() throws SyscallException {
    Descriptors.read(fd, new byte[8]);
  }

  @Override
  public void close() {
    fd.close();
  }

  private static byte[] one() {
    byte[] bytes = new byte[8];
    bytes[java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN ? 0 : 7] = 1;
    return bytes;
  }
}
