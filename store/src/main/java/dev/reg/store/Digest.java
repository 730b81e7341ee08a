package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.HostSha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of some bytes. {@code hex} is 64 lower-case hexadecimal digits; written with its
 * algorithm, as in {@code sha256:9f86…}.
 */
public record Digest(String hex) implements Comparable<Digest> {
  private static final String PREFIX = "sha256:";
  private static final int LENGTH = 64;
  private static final int BUFFER = 65_536;

  /** Throws IllegalArgumentException unless {@code hex} is 64 lower-case hexadecimal digits. */
  public Digest {
    if (!isHex(hex)) {
      throw new IllegalArgumentException("not the hexadecimal form of a SHA-256: " + hex);
    }
  }

  /** Reads {@code sha256:<64 hex>}; anything else, upper case included, is INVALID. */
  public static Digest parse(String text) throws RegException {
    if (!text.startsWith(PREFIX) || !isHex(text.substring(PREFIX.length()))) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot read the digest "
              + Text.quote(text)
              + ": it must be sha256: followed by 64 lower-case hexadecimal digits");
    }
    return new Digest(text.substring(PREFIX.length()));
  }

  /** The digest of {@code content}. */
  public static Digest of(byte[] content) {
    return finish(content.length < BUFFER ? sha256() : sha256OfContents(), content);
  }

  /** The digest of all that is left in {@code in}, in memory bounded by one 64 KiB buffer. */
  public static Digest of(InputStream in) throws IOException {
    MessageDigest hash = sha256OfContents();
    byte[] buffer = new byte[BUFFER];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      hash.update(buffer, 0, n);
    }
    return finish(hash);
  }

  /** The digest of a file's content; follows links. */
  public static Digest of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return of(in);
    }
  }

  /**
   * A fresh SHA-256 for megabytes, to be ended with {@link #finish(MessageDigest)}: the host's
   * where there is one, else Java's.
   */
  public static MessageDigest sha256OfContents() {
    return HostSha256.create().orElseGet(Digest::sha256);
  }

  /** A fresh SHA-256 for texts, to be ended with {@link #finish(MessageDigest)}. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The digest of what {@code hash} was fed. */
  public static Digest finish(MessageDigest hash) {
    return new Digest(HexFormat.of().formatHex(hash.digest()));
  }

  private static Digest finish(MessageDigest hash, byte[] last) {
    hash.update(last);
    return finish(hash);
  }

  static boolean isHex(String text) {
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
