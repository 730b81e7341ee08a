package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeTextTest {
  @Test
  void utf8StaysReadable() {
    byte[] bytes = "grün/\u65e5\u672c/\ud83d\ude00".getBytes(StandardCharsets.UTF_8);
    assertThat(NativeText.decode(bytes)).isEqualTo("grün/\u65e5\u672c/\ud83d\ude00");
    assertThat(NativeText.encode("grün/\u65e5\u672c/\ud83d\ude00")).isEqualTo(bytes);
  }

  @Test
  void anyBytesComeBackUnchanged() {
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      assertThat(NativeText.encode(NativeText.decode(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void surrogatesEncodedAsUtf8AreNotTakenForEscapes() {
    byte[] cesu = {(byte) 0xED, (byte) 0xB2, (byte) 0x80}; // U+DC80 as three bytes: invalid
    assertThat(NativeText.encode(NativeText.decode(cesu))).isEqualTo(cesu);
    assertThat(NativeText.isUtf8(cesu)).isFalse();
  }

  @Test
  void refusesNulInPaths() {
    assertThatThrownBy(() -> NativeText.encodePath("a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
