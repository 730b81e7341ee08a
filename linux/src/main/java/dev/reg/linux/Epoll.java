package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An epoll instance (epoll(7)). One thread waits and reads the batch; any thread adds, changes and
 * removes.
 */
public final class Epoll implements AutoCloseable {
  public static final int IN = 0x001;
  public static final int OUT = 0x004;
  public static final int ERR = 0x008;
  public static final int HUP = 0x010;
  public static final int RDHUP = 0x2000;

  /** Disabled after one event, until modified. */
  public static final int ONESHOT = 1 << 30;

  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int CTL_MOD = 3;
  private static final int BATCH = 64;
  private static final int EVENT = Sys.packsEpollEvents() ? 12 : 16;
  private static final int DATA = EVENT - 8;

  private final Fd fd;
  private final MemorySegment events = Arena.ofAuto().allocate((long) BATCH * EVENT, 8);

  private Epoll(Fd fd) {
    this.fd = fd;
  }

  public static Epoll create() throws SyscallException {
    long fd = Kernel.call(Scratch.get(), Sys.EPOLL_CREATE1, Open.O_CLOEXEC, 0);
    return new Epoll(Descriptors.fd(fd, "epoll_create1", ""));
  }

  /** Watches a descriptor; {@code key} comes back with its events. */
  public void add(Fd watched, int events, long key) throws SyscallException {
    control(CTL_ADD, watched, events, key);
  }

  public void modify(Fd watched, int events, long key) throws SyscallException {
    control(CTL_MOD, watched, events, key);
  }

  public void remove(Fd watched) throws SyscallException {
    control(CTL_DEL, watched, 0, 0);
  }

  private void control(int operation, Fd watched, int interest, long key) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long event = s.zeroed(16);
      s.putInt(event, interest);
      s.putLong(event + DATA, key);
      Descriptors.check(
          Kernel.call(s, Sys.EPOLL_CTL, fd.number(), operation, watched.number(), event),
          "epoll_ctl",
          watched);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * Waits for events.
   *
   * @param milliseconds at most this long; -1 without end
   * @return how many there are in this batch
   */
  public int await(int milliseconds) throws SyscallException {
    long n =
        Kernel.call(
            Scratch.get(),
            Sys.EPOLL_PWAIT,
            fd.number(),
            events.address(),
            BATCH,
            milliseconds,
            0,
            0);
    return (int) Descriptors.check(n, "epoll_pwait", fd);
  }

  /** The events of the batch's i-th entry. */
  public int events(int i) {
    return events.get(JAVA_INT_UNALIGNED, (long) i * EVENT);
  }

  /** The key of the batch's i-th entry. */
  public long key(int i) {
    return events.get(JAVA_LONG_UNALIGNED, (long) i * EVENT + DATA);
  }

  @Override
  public void close() {
    fd.close();
  }
}
