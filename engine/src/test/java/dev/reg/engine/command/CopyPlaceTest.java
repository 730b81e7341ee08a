package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CopyPlaceTest {
  @ParameterizedTest
  @CsvSource({
    "web:/etc/passwd, /etc/passwd, passwd",
    "web:etc, /etc, etc",
    "web:, /, .",
    "web:/, /, .",
    "web:/., /, .",
    "web:/a/b/, /a/b/, b",
    "web:/a//b/., /a/b/., .",
    "web:/a/../b, /b, b",
    "web:/../../a/.., /, .",
    "web:a:b, /a:b, a:b",
  })
  void aContainersPathBeginsAtItsRootAndStaysThere(String text, String path, String name)
      throws RegException {
    assertThat(CopyPlace.of(text)).isEqualTo(new CopyPlace(text, "web", path));
    assertThat(CopyPlace.of(text).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "file, file",
    "./web:x, web:x",
    "/a:b/c, c",
    "dir/, dir",
    "dir/., .",
    "., .",
    "a/.., .",
    "/, .",
    "..., ...",
  })
  void whatBeginsLikeAPathIsTheCallers(String text, String name) throws RegException {
    assertThat(CopyPlace.of(text)).isEqualTo(new CopyPlace(text, null, text));
    assertThat(CopyPlace.of(text).name()).isEqualTo(name);
  }

  @Test
  void onlyADashAloneIsAStream() throws RegException {
    assertThat(CopyPlace.of("-").isStream()).isTrue();
    assertThat(CopyPlace.of("./-").isStream()).isFalse();
    assertThat(CopyPlace.of("web:-").isStream()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":/a", ":"})
  void whatIsNeitherIsRefused(String text) {
    assertThatThrownBy(() -> CopyPlace.of(text)).isInstanceOf(RegException.class);
  }
}
