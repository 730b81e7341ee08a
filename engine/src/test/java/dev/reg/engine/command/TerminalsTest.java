package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.container.Terminal;
import dev.reg.engine.protocol.FakeCaller;
import dev.reg.error.RegException;
import dev.reg.template.Words;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets a terminal, by the caller's streams and words. */
class TerminalsTest {
  private final Parser parser = new Parser();

  @TempDir private Path directory;

  private Arguments words(@Nullable String option) throws Exception {
    return parser.parse(
        Words.split("run " + (option == null ? "" : option + " ") + "-t busybox true"));
  }

  @ParameterizedTest
  @CsvSource({
    // Which of 0, 1 and 2 are terminals; the option; what becomes the container's terminal.
    "012,        , 012",
    "01,         , 01",
    "01,    --tty, 01",
    "012,   --tty, 012",
    "0,          , ''",
    "1,          , ''",
    "12,         , ''",
    "'',         , ''",
    "'',    --tty, 012",
    "02,    --tty, 012",
    "1,     --tty, 012",
    "012, --no-tty, ''",
  })
  void whoGetsOne(String terminals, @Nullable String option, String expected) throws Exception {
    Integer[] streams = terminals.chars().mapToObj(c -> c - '0').toArray(Integer[]::new);
    try (FakeCaller caller = new FakeCaller(directory).at(streams);
        Terminal terminal = Terminals.ask(words(option), caller)) {
      String got = terminal == null ? "" : terminal.error() ? "012" : "01";
      assertThat(got).isEqualTo(expected);
    }
  }

  @Test
  void contradictionsAreRefused() throws Exception {
    Terminals.check(words(null));
    Terminals.check(words("--tty"));
    Terminals.check(words("--no-tty -d"));
    assertThatThrownBy(() -> Terminals.check(words("--tty --no-tty")))
        .isInstanceOf(RegException.class)
        .hasMessage("run: --tty contradicts --no-tty");
    assertThatThrownBy(() -> Terminals.check(words("-d --tty")))
        .isInstanceOf(RegException.class)
        .hasMessage("run: --tty contradicts --detach: nobody would be at the terminal");
  }
}
