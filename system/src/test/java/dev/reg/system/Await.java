package dev.reg.system;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waiting for what happens soon but not at once: a bounded number of looks, never a fixed sleep.
 */
final class Await {
  private static final int LOOKS = 1500;
  private static final long BETWEEN_MS = 20;

  private Await() {}

  static void until(BooleanSupplier condition, Supplier<String> otherwise) {
    for (int i = 0; i < LOOKS; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      pause();
    }
    throw new AssertionError("after " + LOOKS * BETWEEN_MS / 1000 + " s: " + otherwise.get());
  }

  private static void pause() {
    try {
      Thread.sleep(BETWEEN_MS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
