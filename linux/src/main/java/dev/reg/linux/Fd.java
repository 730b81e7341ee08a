package dev.reg.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * An open file descriptor that somebody owns and closes. Close-on-exec always.
 *
 * <p>There is no finalizer: whoever holds one closes it on every path. Closing while another thread
 * is inside a system call on it is the owner's mistake: the number may by then be another file.
 */
public final class Fd implements AutoCloseable {
  private static final VarHandle NUMBER;

  static {
    try {
      NUMBER = MethodHandles.lookup().findVarHandle(Fd.class, "number", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int number;

  private Fd(int number) {
    this.number = number;
  }

  /** Takes ownership of a descriptor number. */
  public static Fd adopt(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a descriptor: " + number);
    }
    return new Fd(number);
  }

  /** The descriptor's number; IllegalStateException when closed or released. */
  public int number() {
    int n = number;
    if (n < 0) {
      throw new IllegalStateException("descriptor is closed");
    }
    return n;
  }

  public boolean isOpen() {
    return number >= 0;
  }

  /** Gives up ownership: the descriptor stays open and is the taker's to close. */
  public int release() {
    int n = (int) NUMBER.getAndSet(this, -1);
    if (n < 0) {
      throw new IllegalStateException("descriptor is closed");
    }
    return n;
  }

  /**
   * Closes; a second time does nothing. The result of close(2) is ignored on purpose: the
   * descriptor is gone whatever it says, and data that must be on disk is synced before.
   */
  @Override
  public void close() {
    int n = (int) NUMBER.getAndSet(this, -1);
    if (n >= 0) {
      long ignored = Kernel.once(Scratch.get(), Sys.CLOSE, n, 0, 0, 0, 0, 0);
    }
  }

  /** Closes every one of them. */
  public static void closeAll(Iterable<Fd> fds) {
    for (Fd fd : fds) {
      fd.close();
    }
  }

  @Override
  public String toString() {
    int n = number;
    return n < 0 ? "fd(closed)" : "fd(" + n + ")";
  }
}
