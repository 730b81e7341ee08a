package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lines of a log by their times. */
class LogsTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  @AfterEach
  void removeAll() {
    LifecycleTest.removeAll(reg);
  }

  @Test
  void logsHaveTimesAndAreChosenByThem() {
    LifecycleTest.detached(
        reg, "clock", "echo one; sleep 1.1; echo two >&2; printf 3; sleep 0.1; echo 3; sleep 0.1");
    reg.run("wait", "clock").succeeded();
    reg.awaitState("clock", "Stopped");
    Reg.Result timed = reg.run("logs", "-t", "clock").succeeded();
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z ";
    assertThat(timed.out()).matches(time + "one\n" + time + "33\n");
    assertThat(timed.err()).matches(time + "two\n");
    String first = timed.out().substring(0, 30);
    Reg.Result after = reg.run("logs", "--since", timed.err().substring(0, 30), "clock");
    assertThat(after.succeeded().out()).isEqualTo("33\n");
    assertThat(after.err()).isEqualTo("two\n");
    Reg.Result before = reg.run("logs", "--until", first, "clock");
    assertThat(before.succeeded().out()).isEqualTo("one\n");
    assertThat(before.err()).isEmpty();
    assertThat(reg.run("logs", "--since", "1h", "-n", "1", "clock").out()).isEqualTo("33\n");
    assertThat(reg.run("logs", "--until", "1h", "clock").out()).isEmpty();
    Reg.Result refused = reg.run("logs", "--since", "yesterday", "clock");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).contains("--since wants a time such as 10m").hasLineCount(1);
  }

  @Test
  void followedLogsEndAtTheTimeThatIsWanted() {
    LifecycleTest.detached(reg, "long", "echo here; sleep 60");
    Await.until(() -> !reg.run("logs", "long").out().isEmpty(), () -> "silent");
    String later = Instant.now().plusMillis(500).toString();
    assertThat(reg.run("logs", "-f", "--until", later, "long").succeeded().out())
        .isEqualTo("here\n");
    assertThat(reg.state("long")).isEqualTo("Running");
  }
}
