package dev.reg.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** One lock per key; keys that nobody holds or waits for cost nothing. */
final class KeyedLock<K> {
  private static final class Counted {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  /** Gives the key's lock back; for try-with-resources. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final Map<K, Counted> locks = new HashMap<>();

  /** Waits for the key. */
  Held hold(K key) {
    Counted counted;
    synchronized (locks) {
      counted = locks.computeIfAbsent(key, k -> new Counted());
      counted.users++;
    }
    counted.lock.lock();
    return () -> release(key, counted);
  }

  private void release(K key, Counted counted) {
    counted.lock.unlock();
    synchronized (locks) {
      if (--counted.users == 0) {
        locks.remove(key);
      }
    }
  }
}
