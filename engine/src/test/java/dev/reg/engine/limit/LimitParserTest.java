package dev.reg.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's syntax of limits, and what a person hears who got it wrong. */
class LimitParserTest {
  private final LimitParser parser = new LimitParser();

  @Test
  void nothingSaidIsNoLimit() throws Exception {
    assertThat(parser.limits()).isEqualTo(Limits.NONE);
    assertThat(parser.limits().needGroups()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "6m, 6291456",
    "128m, 134217728",
    "128M, 134217728",
    "128mb, 134217728",
    "128MiB, 134217728",
    "128 m, 134217728",
    "1.5g, 1610612736",
    "6291456, 6291456",
    "6291457b, 6291457",
    "1t, 1099511627776",
    "0, 0"
  })
  void sizesHaveUnits(String text, long bytes) throws Exception {
    parser.memory("-m", text);
    assertThat(parser.limits().memory()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "m",
        "-1",
        "-5m",
        "1x",
        "1,5g",
        "0x10",
        "1e9",
        "64 mm",
        "9999999999999p",
        "1k"
      })
  void whatIsNoSizeIsRefused(String text) {
    assertInvalid(() -> parser.memory("-m", text)).startsWith("-m wants ");
  }

  @Test
  void lessThanAContainerNeedsToStartIsRefused() {
    assertInvalid(() -> parser.memory("resources.memory", "5m"))
        .isEqualTo("resources.memory wants at least 6m, not '5m'");
    assertInvalid(() -> parser.memory("-m", "0.5")).isEqualTo("-m wants at least 6m, not '0.5'");
  }

  @Test
  void swapIsTwiceTheMemoryUnlessSaid() throws Exception {
    assertThat(parser.limits().effectiveMemorySwap()).isEqualTo(Limits.UNLIMITED);
    parser.memory("-m", "10m");
    assertThat(parser.limits().effectiveMemorySwap()).isEqualTo(20 << 20);
    parser.memorySwap("--memory-swap", "12m");
    assertThat(parser.limits().effectiveMemorySwap()).isEqualTo(12 << 20);
    parser.memorySwap("--memory-swap", "-1");
    assertThat(parser.limits().effectiveMemorySwap()).isEqualTo(Limits.UNLIMITED);
  }

  @Test
  void swapAloneOrBelowTheMemoryIsRefused() throws Exception {
    parser.memorySwap("--memory-swap", "64m");
    assertInvalid(parser::limits).contains("needs -m, too");
    parser.memory("--memory", "65m");
    assertInvalid(parser::limits).contains("cannot be less than --memory");
  }

  @ParameterizedTest
  @CsvSource({"0.5, 50000", "2, 200000", "0.01, 1000", "1.5, 150000", ".25, 25000", "0, 0"})
  void processorTimeIsAFraction(String text, long micros) throws Exception {
    parser.cpus("--cpus", text);
    assertThat(parser.limits().cpuMicros()).isEqualTo(micros);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "a", "1e3", "0.001", "1/2", ".", "0,5", "9999999999"})
  void whatIsNoProcessorTimeIsRefused(String text) {
    assertInvalid(() -> parser.cpus("--cpus", text)).startsWith("--cpus wants ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0-3", "0,2", "0-1,3,5-7"})
  void processorsHaveNumbers(String text) throws Exception {
    parser.cpuset("--cpuset-cpus", text);
    assertThat(parser.limits().cpuset()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "0-", "-1", "1-0", "0,,1", "0, 1", "9000", "0\n1"})
  void whatAreNoProcessorsIsRefused(String text) {
    assertInvalid(() -> parser.cpuset("--cpuset-cpus", text)).startsWith("--cpuset-cpus ");
  }

  @ParameterizedTest
  @CsvSource({"64, 64", "1, 1", "0, 0", "-1, 0"})
  void processesAreCounted(String text, long pids) throws Exception {
    parser.pids("--pids-limit", text);
    assertThat(parser.limits().pids()).isEqualTo(pids);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-2", "many", "1.5", "99999999999999999999", "4194305"})
  void whatIsNoNumberOfProcessesIsRefused(String text) {
    assertInvalid(() -> parser.pids("--pids-limit", text)).startsWith("--pids-limit wants ");
  }

  @Test
  void resourceLimitsHaveNamesAndTheLastOfANameCounts() throws Exception {
    for (String text : List.of("nofile=10", "core=0:-1", "nofile=1024:2048", "memlock=unlimited")) {
      parser.ulimit("--ulimit", text);
    }
    assertThat(parser.limits().ulimits())
        .containsExactly(
            new Limits.Ulimit("nofile", 7, 1024, 2048),
            new Limits.Ulimit("core", 4, 0, Limits.UNLIMITED),
            new Limits.Ulimit("memlock", 8, Limits.UNLIMITED, Limits.UNLIMITED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nofile",
        "=1",
        "files=1",
        "nofile=",
        "nofile=a",
        "nofile=2:1",
        "nofile=-1:5",
        "nofile=1:2:3",
        "nofile=-2",
        "NOFILE=1"
      })
  void whatIsNoResourceLimitIsRefused(String text) {
    assertInvalid(() -> parser.ulimit("--ulimit", text)).startsWith("--ulimit ");
  }

  @Test
  void unknownResourcesAreToldWhatThereIs() {
    assertInvalid(() -> parser.ulimit("--ulimit", "files=1"))
        .contains("knows no 'files'")
        .contains(" nofile ")
        .contains(" stack");
  }

  private interface Reading {
    void read() throws RegException;
  }

  private static org.assertj.core.api.AbstractStringAssert<?> assertInvalid(Reading reading) {
    RegException[] thrown = new RegException[1];
    assertThatThrownBy(reading::read)
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
              thrown[0] = e;
            });
    return assertThat(thrown[0].line());
  }
}
