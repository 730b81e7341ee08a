package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostSha256Test {
  private static final HexFormat HEX = HexFormat.of();

  private MessageDigest hash;

  @BeforeEach
  void load() {
    Optional<MessageDigest> found = HostSha256.create();
    Assumptions.assumeTrue(found.isPresent(), "this host has no libcrypto.so.3");
    hash = found.get();
  }

  /** FIPS 180-4's example, and the digest of nothing. */
  @Test
  void knowsTheStandardsExamples() {
    assertThat(HEX.formatHex(hash.digest()))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(HEX.formatHex(hash.digest("abc".getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void agreesWithJavasWhateverThePieces() throws Exception {
    Random random = new Random(5);
    MessageDigest java = MessageDigest.getInstance("SHA-256");
    for (int round = 0; round < 200; round++) {
      byte[] bytes = new byte[random.nextInt(300_000)];
      random.nextBytes(bytes);
      for (int at = 0; at < bytes.length; ) {
        int n = Math.min(bytes.length - at, random.nextInt(round % 2 == 0 ? 200_000 : 700));
        hash.update(bytes, at, n);
        java.update(bytes, at, n);
        at += n;
        hash.update((byte) n);
        java.update((byte) n);
      }
      assertThat(hash.digest()).isEqualTo(java.digest());
    }
  }

  @Test
  void forgetsWhenItIsReset() throws Exception {
    hash.update(new byte[100]);
    hash.reset();
    byte[] rest = Arrays.copyOf(new byte[] {1, 2, 3}, 70);
    hash.update(rest);
    assertThat(hash.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(rest));
  }

  /** What is before and behind does not count, whatever the length beside that of a slice. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        HostSha256.SLICE - 1,
        HostSha256.SLICE,
        HostSha256.SLICE + 1,
        3 * HostSha256.SLICE,
        3 * HostSha256.SLICE + 63
      })
  void takesAPartOfAnArray(int length) throws Exception {
    byte[] bytes = new byte[length + 30];
    new Random(length).nextBytes(bytes);
    for (int offset : new int[] {1, 13}) {
      hash.update(bytes, offset, length);
      MessageDigest java = MessageDigest.getInstance("SHA-256");
      java.update(bytes, offset, length);
      assertThat(hash.digest()).isEqualTo(java.digest());
    }
  }
}
