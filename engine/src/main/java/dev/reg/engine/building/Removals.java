package dev.reg.engine.building;

import dev.reg.error.RegException;
import java.io.IOException;
import java.util.concurrent.locks.StampedLock;

/**
 * Tells containers that are being made whether something that they may hold was removed meanwhile:
 * they look optimistically, from before their templates are resolved until they can be seen, and
 * wait for nobody but a removal that is under way.
 */
final class Removals {
  private final StampedLock lock = new StampedLock();

  /** Of a moment at which nothing is being removed. */
  long stamp() {
    long stamp = lock.tryOptimisticRead();
    while (stamp == 0) {
      lock.unlockRead(lock.readLock());
      stamp = lock.tryOptimisticRead();
    }
    return stamp;
  }

  /** Whether nothing was removed since that moment. */
  boolean noneSince(long stamp) {
    return lock.validate(stamp);
  }

  /** Runs while no container can come to hold anything. */
  void exclusively(Templates.Afterwards action) throws RegException, IOException {
    long stamp = lock.writeLock();
    try {
      action.run();
    } finally {
      lock.unlockWrite(stamp);
    }
  }
}
