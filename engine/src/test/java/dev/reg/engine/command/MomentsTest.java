package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.protocol.FakeCaller;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Points in time as people write them. */
class MomentsTest {
  private static final Moments MOMENTS =
      new Moments(Instant.parse("2026-11-28T10:00:00Z"), ZoneId.of("Europe/Berlin"));

  @ParameterizedTest
  @CsvSource({
    "10m, 2026-11-28T09:50:00Z",
    "1h30m, 2026-11-28T08:30:00Z",
    "7d, 2026-11-21T10:00:00Z",
    "0, 1970-01-01T00:00:00Z",
    "1795860000, 2026-11-28T10:00:00Z",
    "1795860000.5, 2026-11-28T10:00:00.500Z",
    "1795860000.000000001, 2026-11-28T10:00:00.000000001Z",
    "2026-11-28T09:30:00Z, 2026-11-28T09:30:00Z",
    "2026-11-28T09:30:00.123456789Z, 2026-11-28T09:30:00.123456789Z",
    "2026-11-28T09:30+02:00, 2026-11-28T07:30:00Z",
    "2026-11-28T09:30:00, 2026-11-28T08:30:00Z",
    "2026-07-01, 2026-06-30T22:00:00Z",
    "2026-07-01Z, 2026-07-01T00:00:00Z",
  })
  void areRead(String text, Instant expected) throws Exception {
    assertThat(MOMENTS.parse("logs: --since", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "yesterday",
        "-5",
        "10x",
        "1.5.2",
        "2026-02-30",
        "2026-11-28T25:00",
        "2026-11-28 09:30",
        "2026-11-28T09:30:00Z!",
        "09:30",
        "12345678901234567890",
        "1e9"
      })
  void whatIsNoneIsRefused(String text) throws Exception {
    assertThatThrownBy(() -> MOMENTS.parse("logs: --since", text))
        .hasMessageStartingWith("logs: --since wants a time such as 10m")
        .hasMessageEndingWith("not '" + text + "'");
  }

  @Test
  void theCallersZoneCounts(@TempDir Path directory) throws Exception {
    try (FakeCaller caller = new FakeCaller(directory)) {
      caller.with("TZ", ":America/New_York");
      assertThat(Moments.of(caller).parse("", "2026-11-28T09:30:00"))
          .isEqualTo(Instant.parse("2026-11-28T14:30:00Z"));
      caller.with("TZ", "no such zone");
      assertThat(Moments.of(caller).parse("", "2026-11-28"))
          .isEqualTo(
              java.time.LocalDate.of(2026, 11, 28)
                  .atStartOfDay(ZoneId.systemDefault())
                  .toInstant());
    }
  }
}
