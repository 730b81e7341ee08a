package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process in a container, whoever of engine and launcher dies; and one at a terminal. */
class ExecLifeTest {
  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @BeforeEach
  void container() throws IOException {
    reg = Fixture.own();
    reg.run("run", "-d", "--name", "home", "-tbusybox", "--", "sleep", "100000").succeeded();
  }

  @AfterEach
  void close() {
    reg.close();
  }

  /** A process that ends with 7 once there is a file; it runs when this returns. */
  private Process waiting() throws IOException {
    String script = "echo on; until test -e /tmp/go; do sleep 0.1; done; exit 7";
    Process process = reg.start("exec", "home", "--", "sh", "-c", script);
    assertThat(process.getInputStream().read()).isEqualTo('o');
    return process;
  }

  private void go() {
    reg.run("exec", "home", "touch", "/tmp/go").succeeded();
  }

  @Test
  void theClientFindsItAgainThroughTheNextEngine() throws IOException {
    Process process = waiting();
    Processes.signal("KILL", reg.enginePid());
    Await.until(
        () -> reg.inspect("home").get("execs").asInt() == 1, () -> "the next engine knows of none");
    assertThat(process.isAlive()).isTrue();
    go();
    assertThat(Reg.finish(process).code()).isEqualTo(7);
    assertThat(reg.inspect("home").get("execs").asInt()).isZero();
    assertThat(reg.state("home")).isEqualTo("Running");
  }

  @Test
  void itsCodeIsKeptWhileNoEngineIsThere() throws IOException, InterruptedException {
    Process process = waiting();
    // What lets it end runs on while the engine is gone.
    reg.run("exec", "-d", "home", "sh", "-c", "sleep 1; touch /tmp/go").succeeded();
    reg.run("engine", "stop").succeeded();
    Thread.sleep(1500);
    assertThat(process.isAlive()).as("it waits for an engine").isTrue();
    reg.run("ps").succeeded();
    assertThat(Reg.finish(process).code()).isEqualTo(7);
  }

  @Test
  void itOutlivesTheLauncher() throws IOException {
    Process process = waiting();
    Processes.signal("KILL", reg.launcherPid());
    Await.until(() -> reg.run("exec", "home", "true").code() == 0, () -> "no launcher again");
    assertThat(process.isAlive()).isTrue();
    go();
    Reg.Result result = Reg.finish(process);
    // The kernel tells the code from Linux 6.15 on; before, nobody knows it and that is said.
    if (result.code() != 7) {
      assertThat(result.code()).isEqualTo(125);
      assertThat(result.err()).contains("unknown");
    }
  }

  @Test
  void containersEndAndGoWithProcessesInThem() throws IOException {
    Process process = waiting();
    reg.run("stop", "-t0", "home").succeeded();
    assertThat(Reg.finish(process).code()).isEqualTo(137);
    assertThat(reg.run("exec", "home", "true").code()).isEqualTo(125);
    reg.run("start", "home").succeeded();
    assertThat(reg.run("exec", "home", "echo", "again").out()).isEqualTo("again\n");
  }

  @Test
  void atATerminalItGetsOneOfItsOwn() throws IOException {
    try (PseudoTerminal terminal = new PseudoTerminal(33, 99)) {
      String before = terminal.settings();
      Process shell =
          terminal.start(
              reg.project(),
              Map.of("REG_ROOT", reg.root.toString()),
              Reg.installation().resolve("bin/reg").toString(),
              "exec",
              "-it",
              "home",
              "sh");
      terminal.await("# ");
      terminal.type("tty; stty size; echo $TERM\r");
      terminal.await("/dev/pts/0\r\n33 99\r\nxterm-256color\r\n");
      terminal.type("exit 5\r");
      Await.until(() -> !shell.isAlive(), () -> "it goes on, after: " + terminal.news());
      assertThat(shell.exitValue()).isEqualTo(5);
      assertThat(terminal.settings()).isEqualTo(before);
    }
  }
}
