package dev.reg.engine.container;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The secrets that foreground clients resume with. */
final class Tokens {
  private Tokens() {}

  /** Compares in time that does not depend on where they differ. */
  static boolean equal(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }
}
