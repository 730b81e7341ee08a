package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code reg start} and {@code reg restart} of a container that there is. */
class StartAgainTest {
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
  void aStartCanBeStayedWith() throws IOException {
    reg.run("generate", "--name", "a", "-tbusybox", "--", "sh", "-c", "cat; echo err >&2; exit 7")
        .succeeded();
    for (String option : List.of("-a", "-ai", "-i", "--attach")) {
      Reg.Result result = reg.runWithInput("typed\n", "start", option, "a");
      assertThat(result.code()).isEqualTo(7);
      assertThat(result.out()).isEqualTo("typed\n");
      assertThat(result.err()).isEqualTo("err\n");
    }
    assertThat(reg.inspect("a").get("exitCode").asInt()).isEqualTo(7);
    reg.run("start", "a").succeeded();
    reg.run("wait", "a").succeeded();
    Reg.Result logs = reg.run("logs", "a"); // of the detached run alone
    assertThat(logs.out()).isEmpty();
    assertThat(logs.err()).isEqualTo("err\n");
  }

  @Test
  void signalsReachAProgramThatWasStartedAgain() throws IOException {
    LifecycleTest.detached(
        reg, "again", "trap 'echo got; exit 6' INT; echo up; while :; do sleep 0.1; done");
    reg.run("stop", "-t", "0", "again").succeeded();
    Process client = reg.start("start", "-a", "again");
    assertThat(client.inputReader().readLine()).isEqualTo("up");
    awaitRunning("again");
    Processes.signal("INT", client.pid());
    Reg.Result result = Reg.finish(client);
    assertThat(result.code()).isEqualTo(6);
    assertThat(result.out()).isEqualTo("got\n");
    assertThat(reg.state("again")).isEqualTo("Stopped");
  }

  @Test
  void whoCannotBeStayedWithIsTold() {
    LifecycleTest.detached(reg, "runs", "sleep 60");
    reg.run("generate", "--name", "no", "-tbusybox", "--", "nope").succeeded();
    Reg.Result live = reg.run("start", "-a", "runs");
    assertThat(live.code()).isEqualTo(125);
    assertThat(live.err())
        .startsWith("reg: cannot attach to container runs: it runs already")
        .hasLineCount(1);
    Reg.Result two = reg.run("start", "-a", "runs", "no");
    assertThat(two.err()).isEqualTo("reg: start: with -a one container is started, not several\n");
    Reg.Result fails = reg.run("start", "-a", "no");
    assertThat(fails.code()).isEqualTo(127);
    assertThat(fails.err()).startsWith("reg: cannot start container no: \"nope\" not found");
    assertThat(reg.state("no")).isEqualTo("Generated");
  }

  @Test
  void aClientThatStayedIsFoundByTheNextEngine() throws Exception {
    try (Reg own = Fixture.own()) {
      own.run("generate", "--name", "a", "-tbusybox", "--", "sh", "-c", "echo up; read x; exit 8")
          .succeeded();
      Process client = own.start("start", "-a", "a");
      assertThat(client.inputReader().readLine()).isEqualTo("up");
      own.awaitState("a", "Running");
      Processes.signal("KILL", own.enginePid());
      own.awaitState("a", "Running");
      client.getOutputStream().close();
      assertThat(Reg.finish(client).code()).isEqualTo(8);
    }
  }

  @Test
  void restartStopsWhatRunsAndStartsAll() {
    LifecycleTest.detached(
        reg, "up", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done");
    Await.until(() -> reg.run("logs", "up").out().equals("up\n"), () -> "not up");
    int before = reg.pid("up");
    reg.run("generate", "--name", "idle", "-tbusybox", "--", "sleep", "60").succeeded();
    reg.run(
            "run",
            "--name",
            "ended",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "echo >> /runs; sleep 0.$(wc -l < /runs)")
        .succeeded();
    Reg.Result result = reg.run("restart", "up", "idle", "nobody", "ended");
    assertThat(result.out()).isEqualTo("up\nidle\nended\n");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).startsWith("reg: ").contains("nobody").hasLineCount(1);
    assertThat(reg.pid("up")).isNotEqualTo(before);
    Await.until(
        () -> reg.run("logs", "up").out().equals("up\nbye\nup\n"),
        () -> reg.run("logs", "up").out());
    assertThat(reg.state("idle")).isEqualTo("Running");
    assertThat(reg.run("wait", "ended").out()).isEqualTo("0\n");
    reg.awaitState("ended", "Stopped");
    assertThat(reg.run("restart", "-t", "0", "up").succeeded().out()).isEqualTo("up\n");
    assertThat(reg.run("logs", "up").out())
        .startsWith("up\nbye\nup\n")
        .doesNotContain("bye\nup\nbye");
  }

  @Test
  void whatCannotStartAgainIsNotStoppedByRestart() {
    reg.run("run", "-d", "--rm", "--name", "once", "-tbusybox", "--", "sleep", "60").succeeded();
    Reg.Result refused = reg.run("restart", "-t", "0", "once");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err())
        .startsWith("reg: cannot restart container once: it was made with --rm")
        .hasLineCount(1);
    assertThat(reg.state("once")).isEqualTo("Running");
    LifecycleTest.detached(reg, "fails", "exec sleep 60");
    assertThat(reg.run("restart", "--time", "-1", "fails").err()).contains("--time wants a number");
    assertThat(reg.state("fails")).isEqualTo("Running");
  }

  private static void awaitRunning(String name) {
    Await.until(
        () -> reg.run("ps", "--format", "json").out().contains("\"" + name + "\""),
        () -> name + " does not run");
  }
}
