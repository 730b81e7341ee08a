package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundsTest {
  @ParameterizedTest
  @CsvSource({"90s, PT90S", "45m, PT45M", "24h, PT24H", "7d, PT168H", "2w, PT336H", "1d12h, PT36H"})
  void ages(String text, Duration age) throws RegException {
    assertThat(Bounds.age("--older-than", text)).isEqualTo(age);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "12b, 12",
    "1k, 1024",
    "512m, 536870912",
    "10G, 10737418240",
    "1GiB, 1073741824",
    "2tb, 2199023255552"
  })
  void sizes(String text, long bytes) throws RegException {
    assertThat(Bounds.size("--keep-size", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "d", "-1d", "1y", "7 d", "1.5h", "9999999d"})
  void noAges(String text) {
    assertThatThrownBy(() -> Bounds.age("--older-than", text))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("--older-than wants an age such as");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "g", "-1g", "1.5g", "10x", "1 g", "999999999999999t"})
  void noSizes(String text) {
    assertThatThrownBy(() -> Bounds.size("--keep-size", text))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("--keep-size wants a size such as");
  }

  @Test
  void manyPartsAreNoAge() {
    assertThatThrownBy(() -> Bounds.age("--older-than", "1d".repeat(1000)))
        .isInstanceOf(RegException.class);
  }
}
