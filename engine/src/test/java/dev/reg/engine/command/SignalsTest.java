package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
  /** {@code 15) SIGTERM}. */
  private static final Pattern LISTED = Pattern.compile("(\\d+)\\) SIG(\\S+)");

  @Test
  void everyNameThatBashListsHasItsNumber() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash lists all signals");
    Process bash = new ProcessBuilder("/bin/bash", "-c", "kill -l").start();
    String list = new String(bash.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(bash.waitFor()).isZero();
    Matcher entry = LISTED.matcher(list);
    int found = 0;
    while (entry.find()) {
      int number = Integer.parseInt(entry.group(1));
      String name = entry.group(2);
      assertThat(Signals.parse("kill", name)).as(name).isEqualTo(number);
      assertThat(Signals.parse("kill", "SIG" + name)).as("SIG" + name).isEqualTo(number);
      assertThat(Signals.name(number)).isIn(name, entry.group(1));
      found++;
    }
    assertThat(found).isEqualTo(62); // 1 to 64 without the two that libc keeps for itself
  }

  @ParameterizedTest
  @CsvSource({
    "TERM, 15",
    "term, 15",
    "SigTerm, 15",
    "SIGKILL, 9",
    "1, 1",
    "64, 64",
    "9, 9",
    "RTMIN, 34",
    "rtmin+3, 37",
    "SIGRTMIN+30, 64",
    "RTMAX, 64",
    "rtmax-30, 34"
  })
  void namesAndNumbersAreRead(String text, int number) throws Exception {
    assertThat(Signals.parse("stop", text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "65",
        "-9",
        "+9",
        "4294967305",
        "TERMINATE",
        "SIG",
        "SIGSIGTERM",
        "RTMIN+31",
        "RTMIN+",
        "RTMIN-1",
        "RTMIN+-33",
        "RTMAX+1",
        "RTMAX-31",
        "RTMAX--1",
        "١"
      })
  void whatIsNoSignalIsSaid(String text) {
    assertThatThrownBy(() -> Signals.parse("kill", text))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage(
            "kill: '" + text + "' is no signal; use a name such as TERM or a number from 1 to 64");
  }

  @Test
  void everyNumberReadsBackFromItsName() throws Exception {
    for (int number = 1; number <= 64; number++) {
      assertThat(Signals.parse("stop", Signals.name(number))).isEqualTo(number);
    }
  }
}
