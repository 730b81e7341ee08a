package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Containers that outlive the command that made them. */
class LifecycleTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  @AfterEach
  void removeAll() {
    removeAll(reg);
  }

  static void removeAll(Reg reg) {
    List<String> ids = reg.run("ps", "-a", "-q").lines();
    for (String id : ids) {
      reg.run("remove", "-f", id).succeeded();
    }
  }

  private static String detached(String name, String script) {
    return detached(reg, name, script);
  }

  /** The id of a container that runs a script. */
  static String detached(Reg reg, String name, String script) {
    return reg.run("run", "-d", "--name", name, "-tbusybox", "--", "sh", "-c", script)
        .succeeded()
        .out()
        .strip();
  }

  @Test
  void aDetachedRunPrintsTheIdAlone() {
    Reg.Result result = reg.run("run", "-d", "-tbusybox", "--", "sleep", "60");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).matches("[0-9a-f]{64}\n");
    assertThat(reg.run("ps", "-q").lines()).hasSize(1);
  }

  @Test
  void statesFollowThePaper() {
    String id =
        reg.run(
                "generate",
                "--name",
                "c",
                "-tbusybox",
                "--",
                "sh",
                "-c",
                "echo kept > /kept; sleep 60")
            .succeeded()
            .out()
            .strip();
    assertThat(reg.state("c")).isEqualTo("Generated");
    assertThat(reg.run("inspect", "--verify", "c").code()).isZero();
    assertThat(reg.run("start", "c").succeeded().out()).isEqualTo("c\n");
    assertThat(reg.state("c")).isEqualTo("Running");
    assertThat(reg.run("inspect", "--verify", "c").code()).isZero();
    assertThat(reg.run("stop", "c").succeeded().out()).isEqualTo("c\n");
    assertThat(reg.state("c")).isEqualTo("Stopped");
    assertThat(reg.run("inspect", "--verify", "c").code()).isZero();
    assertThat(reg.root.resolve("containers").resolve(id).resolve("upper/kept"))
        .hasContent("kept\n");
    assertThat(reg.run("remove", "c").succeeded().out()).isEqualTo("c\n");
    Await.until(
        () -> !reg.root.resolve("containers").resolve(id).toFile().exists(), () -> id + " stays");
    Reg.Result gone = reg.run("inspect", "c");
    assertThat(gone.code()).isNotZero();
    assertThat(gone.err()).startsWith("reg: ").hasLineCount(1);
  }

  @Test
  void createAndRmAreAliases() {
    assertThat(reg.run("create", "--name", "a", "-tbusybox").code()).isZero();
    assertThat(reg.run("rm", "a").code()).isZero();
  }

  @Test
  void whatARunWroteIsThereWhenItStartsAgain() {
    detached("again", "echo run >> /runs; cat /runs");
    assertThat(reg.run("wait", "again").out()).isEqualTo("0\n");
    reg.awaitState("again", "Stopped");
    reg.run("start", "again").succeeded();
    assertThat(reg.run("wait", "again").out()).isEqualTo("0\n");
    assertThat(reg.run("logs", "again").out()).isEqualTo("run\nrun\nrun\n");
  }

  @Test
  void aStartThatFailsNamesTheContainerAndLeavesItAsItWas() {
    reg.run("generate", "--name", "no", "-tbusybox", "--", "nope").succeeded();
    Reg.Result result = reg.run("start", "no");
    assertThat(result.code()).isEqualTo(127);
    assertThat(result.err())
        .startsWith("reg: cannot start container no: \"nope\" not found")
        .hasLineCount(1);
    assertThat(reg.state("no")).isEqualTo("Generated");
  }

  @Test
  void logsKeepTheTwoStreamsApart() {
    detached("talk", "echo to out; echo to err >&2; printf partial");
    reg.run("wait", "talk").succeeded();
    Reg.Result logs = reg.run("logs", "talk");
    assertThat(logs.out()).isEqualTo("to out\npartial");
    assertThat(logs.err()).isEqualTo("to err\n");
  }

  @Test
  void followedLogsEndWithTheContainer() {
    detached("slow", "for i in 1 2 3; do echo $i; sleep 0.2; done");
    assertThat(reg.run("logs", "-f", "slow").out()).isEqualTo("1\n2\n3\n");
  }

  @Test
  void aSlowReaderOfFollowedLogsMissesNothing() throws IOException, InterruptedException {
    detached("fast", "yes $(printf %0999d 7) | head -n 8000; sleep 1");
    Process follower = reg.start("logs", "-f", "fast");
    Thread.sleep(500); // more than the engine would hold for it is waiting by now
    assertThat(follower.isAlive()).isTrue();
    Reg.Result result = Reg.finish(follower);
    assertThat(result.err()).isEmpty();
    assertThat(result.succeeded().out()).hasSize(8_000_000);
  }

  @Test
  void waitGivesTheExitCodeEvenAfterwards() {
    detached("seven", "exit 7");
    assertThat(reg.run("wait", "seven").out()).isEqualTo("7\n");
    assertThat(reg.run("wait", "seven").out()).isEqualTo("7\n");
    assertThat(reg.inspect("seven").get("exitCode").asInt()).isEqualTo(7);
  }

  @Test
  void stopAsksFirstAndInsistsAfterTheGivenTime() {
    detached("polite", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done");
    Await.until(() -> reg.run("logs", "polite").out().contains("up"), () -> "not up");
    reg.run("stop", "polite").succeeded();
    assertThat(reg.inspect("polite").get("exitCode").asInt()).isEqualTo(3);
    assertThat(reg.run("logs", "polite").out()).isEqualTo("up\nbye\n");
    detached("deaf", "trap '' TERM; echo up; while :; do sleep 0.1; done");
    Await.until(() -> reg.run("logs", "deaf").out().contains("up"), () -> "not up");
    reg.run("stop", "--time", "1", "deaf").succeeded();
    assertThat(reg.inspect("deaf").get("exitCode").asInt()).isEqualTo(137);
  }

  @Test
  void theStopSignalCanBeChosen() {
    reg.run(
            "run",
            "-d",
            "--name",
            "usr",
            "--stop-signal",
            "USR1",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "trap 'exit 9' USR1; echo up; while :; do sleep 0.1; done")
        .succeeded();
    Await.until(() -> reg.run("logs", "usr").out().contains("up"), () -> "not up");
    reg.run("stop", "usr").succeeded();
    assertThat(reg.inspect("usr").get("exitCode").asInt()).isEqualTo(9);
  }

  @Test
  void killSendsTheSignalNamed() {
    detached("k", "trap 'exit 5' HUP; echo up; while :; do sleep 0.1; done");
    Await.until(() -> reg.run("logs", "k").out().contains("up"), () -> "not up");
    reg.run("kill", "-s", "HUP", "k").succeeded();
    assertThat(reg.run("wait", "k").out()).isEqualTo("5\n");
    detached("k9", "sleep 60");
    reg.run("kill", "k9").succeeded();
    assertThat(reg.run("wait", "k9").out()).isEqualTo("137\n");
  }

  @Test
  void aRunningContainerIsRemovedOnlyByForce() {
    detached("busy", "sleep 60");
    Reg.Result refused = reg.run("remove", "busy");
    assertThat(refused.code()).isNotZero();
    assertThat(refused.err()).startsWith("reg: ").hasLineCount(1);
    int pid = reg.pid("busy");
    reg.run("remove", "-f", "busy").succeeded();
    Await.until(() -> !Processes.alive(pid), () -> pid + " lives");
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
  }

  @Test
  void listsShowWhatIsThere() {
    String id = detached("shown", "sleep 60");
    reg.run("generate", "--name", "idle", "-tbusybox").succeeded();
    assertThat(reg.run("ps").out())
        .contains("shown", "Running for ", id.substring(0, 12))
        .doesNotContain("idle");
    assertThat(reg.run("ps", "-a").out()).contains("shown", "idle", "Generated");
    assertThat(reg.run("ps", "-a", "--format", "json").lines())
        .hasSize(2)
        .allMatch(l -> l.startsWith("{"));
    assertThat(reg.run("ps", "-q", "--filter", "name=sho").lines())
        .containsExactly(id.substring(0, 12));
    assertThat(reg.run("ps", "-f", "name=sho", "-f", "status=created").lines()).hasSize(1);
    assertThat(reg.run("ps", "-f", "status=created").out())
        .contains("idle")
        .doesNotContain(" shown");
    assertThat(reg.run("ps", "-f", "template=busybox@1", "--format", "{{.Names}} {{.User}}").out())
        .isEqualTo("shown root\n");
    assertThat(reg.run("ps", "--latest", "--format", "{{.Names}}").out()).isEqualTo("idle\n");
    assertThat(reg.run("ps", "-n", "5", "--format", "{{.Names}}").lines())
        .containsExactly("idle", "shown");
    assertThat(reg.inspect(id.substring(0, 8)).get("name").asString()).isEqualTo("shown");
    var seen = reg.inspect("shown");
    assertThat(seen.get("id").asString()).isEqualTo(id);
    assertThat(seen.get("templates").toString()).contains("busybox");
    for (String field : List.of("pid", "owner", "environment", "mounts")) {
      assertThat(seen.has(field)).as(field).isTrue();
    }
    assertThat(Processes.alive(seen.get("pid").asInt())).isTrue();
  }

  @Test
  void listsCanBeWholeAndSayWhatIsOnDisk() {
    String script = "head -c 3000000 /dev/zero > /big # and a long command line";
    reg.run("run", "--name", "big", "-tbusybox", "--", "sh", "-c", script).succeeded();
    reg.run("generate", "--name", "small", "-tbusybox").succeeded();
    reg.awaitState("big", "Stopped");
    String id = reg.inspect("big").get("id").asString();
    assertThat(reg.run("ps", "-a").out()).contains("…").doesNotContain(id, "SIZE");
    assertThat(reg.run("ps", "-a", "--no-trunc").out())
        .contains(id + "  ", "# and a long command line")
        .doesNotContain("…");
    assertThat(reg.run("ps", "-a", "-q", "--no-trunc").lines()).contains(id).hasSize(2);
    assertThat(reg.run("ps", "-a", "--no-trunc", "--format", "{{.ID}}").lines()).contains(id);
    assertThat(reg.run("ps", "-a", "-s").out())
        .containsPattern("NAME +SIZE\n")
        .containsPattern("big +3\\.\\d MB\n")
        .containsPattern("small +\\d+\\.\\d kB\n");
    assertThat(reg.run("ps", "-a", "--format", "{{.Names}} {{.Size}}").out())
        .containsPattern("big 3\\.\\d MB\n");
    assertThat(reg.run("ps", "-a", "-s", "--format", "json", "-f", "name=big").out())
        .containsPattern("\"size\":30\\d{5}");
    assertThat(reg.run("ps", "-a", "--format", "json").out()).doesNotContain("size");
  }

  @Test
  void aForegroundRunWithoutRmIsKept() {
    assertThat(reg.run("run", "--name", "fg", "-tbusybox", "--", "sh", "-c", "exit 4").code())
        .isEqualTo(4);
    reg.awaitState("fg", "Stopped");
    assertThat(reg.inspect("fg").get("exitCode").asInt()).isEqualTo(4);
    assertThat(reg.run("ps", "-a").out()).containsPattern("Stopped \\(4\\) \\d+ seconds? ago");
    assertThat(reg.run("ps", "-f", "exited=4").lines()).hasSize(2);
    assertThat(reg.run("ps", "-f", "exited=0").lines()).hasSize(1);
  }

  @Test
  void purgingTheLastHolderDropsTheEnvironment() throws IOException {
    try (Reg own = Fixture.small()) {
      own.run("run", "--name", "p", "-tbusybox", "--", "true").succeeded();
      Path environments = own.root.resolve("environments");
      assertThat(environments.toFile().list()).hasSize(1);
      own.run("remove", "--purge", "p").succeeded();
      assertThat(environments.toFile().list()).isEmpty();
    }
  }

  @Test
  void interruptAndTerminationReachTheProgram() throws InterruptedException {
    for (String signal : List.of("INT", "TERM")) {
      Process run =
          reg.start(
              "run",
              "--rm",
              "--name",
              "sig",
              "-tbusybox",
              "--",
              "sh",
              "-c",
              "trap 'echo got; exit 6' " + signal + "; echo up; while :; do sleep 0.1; done");
      awaitRunning("sig");
      Thread.sleep(200); // the trap is set within the shell's first instructions
      Processes.signal(signal, run.pid());
      Reg.Result result = Reg.finish(run);
      assertThat(result.code()).isEqualTo(6);
      assertThat(result.out()).isEqualTo("up\ngot\n");
      Process plain = reg.start("run", "--rm", "--name", "sig", "-tbusybox", "--", "sleep", "60");
      awaitRunning("sig");
      Processes.signal(signal, plain.pid());
      assertThat(Reg.finish(plain).code()).isEqualTo(signal.equals("INT") ? 130 : 143);
    }
  }

  private static void awaitRunning(String name) {
    Await.until(
        () -> reg.run("ps", "--format", "json").out().contains("\"" + name + "\""),
        () -> name + " does not run");
  }
}
