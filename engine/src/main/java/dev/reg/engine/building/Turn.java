package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** What is done by one at a time; who waits for another may leave. */
public final class Turn {
  private static final int LOOK_MS = 50;

  private final String what;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param what is done, for messages: {@code update}
   */
  public Turn(String what) {
    this.what = what;
  }

  /**
   * Waits for the one who is at it, and says so; {@link #end} is for who got it.
   *
   * @throws RegException UNAVAILABLE when the watcher has left before
   */
  public void take(BuildWatcher watcher) throws RegException {
    if (isTaken(0)) {
      return;
    }
    watcher.progress("waiting for another " + what);
    while (!isTaken(LOOK_MS)) {
      if (watcher.isGone()) {
        throw new RegException(
            ErrorKind.UNAVAILABLE, "cannot begin: another " + what + " is under way, you left");
      }
    }
  }

  /** Whether it is the caller's now, who waited for no more than this. */
  boolean isTaken(int milliseconds) throws RegException {
    try {
      return lock.tryLock(milliseconds, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "cannot begin: it was interrupted", e);
    }
  }

  /** Lets the next one begin; for the thread that took it. */
  public void end() {
    lock.unlock();
  }
}
