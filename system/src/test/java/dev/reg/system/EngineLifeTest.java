package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Engines and launchers come and go; containers and their exit codes do not. */
class EngineLifeTest {
  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @BeforeEach
  void own() throws IOException {
    reg = Fixture.own();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    reg.close();
    Await.until(() -> leftovers().isEmpty(), () -> leftovers().toString());
  }

  private List<String> leftovers() {
    try {
      return Host.leftovers(reg.root).stream().filter(l -> !l.startsWith("cgroup")).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void detached(String name, String script) {
    reg.run("run", "-d", "--name", name, "-tbusybox", "--", "sh", "-c", script).succeeded();
  }

  @Test
  void versionStatusAndStopStartNoEngine() {
    assertThat(reg.run("version").code()).isZero();
    assertThat(reg.run("engine", "stop").code()).isZero();
    assertThat(reg.run("engine", "status").code()).isNotZero();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void twoClientsAtOnceStartOneEngine() {
    List<Process> clients =
        List.of(
            reg.start("info", "--format", "json"),
            reg.start("info", "--format", "json"),
            reg.start("info", "--format", "json"));
    List<String> pids =
        clients.stream()
            .map(Reg::finish)
            .map(r -> r.succeeded().out().replaceAll("(?s).*\"pid\" *: *([0-9]+).*", "$1"))
            .distinct()
            .toList();
    assertThat(pids).hasSize(1);
  }

  @Test
  void stoppingTheEngineLeavesContainersRunningAndTheNextAdoptsThem() {
    detached("lives", "sleep 300");
    detached("ends", "while test ! -e /app/end; do sleep 0.05; done; exit 9");
    int lives = reg.pid("lives");
    int ends = reg.pid("ends");
    reg.run("engine", "stop").succeeded();
    assertThat(Processes.alive(lives)).isTrue();
    reg.run("engine", "stop").succeeded();
    touchInProject("end");
    Await.until(() -> !Processes.alive(ends), () -> "still there");
    assertThat(reg.state("lives")).isEqualTo("Running");
    assertThat(reg.pid("lives")).isEqualTo(lives);
    assertThat(reg.run("wait", "ends").out()).isEqualTo("9\n");
    reg.run("stop", "--time", "0", "lives").succeeded();
    assertThat(reg.state("lives")).isEqualTo("Stopped");
  }

  @Test
  void aKilledEngineLosesNoExitCode() {
    detached("ends", "while test ! -e /app/end; do sleep 0.05; done; exit 11");
    detached("later", "while test ! -e /app/later; do sleep 0.05; done; exit 12");
    int ends = reg.pid("ends");
    Processes.kill(reg.enginePid());
    touchInProject("end");
    Await.until(() -> !Processes.alive(ends), () -> "still there");
    assertThat(reg.run("wait", "ends").out()).isEqualTo("11\n");
    touchInProject("later");
    assertThat(reg.run("wait", "later").out()).isEqualTo("12\n");
    assertThat(reg.run("inspect", "--verify", "later").code()).isZero();
  }

  @Test
  void aKilledLauncherLosesNoExitCodeEither() {
    detached("ends", "while test ! -e /app/end; do sleep 0.05; done; exit 13");
    detached("lives", "sleep 300");
    int old = reg.launcherPid();
    int lives = reg.pid("lives");
    Processes.kill(old);
    touchInProject("end");
    assertThat(reg.run("wait", "ends").out()).isEqualTo("13\n");
    assertThat(Processes.alive(lives)).isTrue();
    assertThat(reg.run("run", "--rm", "-tbusybox", "--", "echo", "works").out())
        .isEqualTo("works\n");
    assertThat(reg.launcherPid()).isNotEqualTo(old);
    reg.run("kill", "lives").succeeded();
    assertThat(reg.run("wait", "lives").out()).isEqualTo("137\n");
    reg.awaitState("lives", "Stopped");
  }

  @Test
  void bothKilledAtOnceAndTheCodesAreStillTrue() {
    detached("ends", "while test ! -e /app/end; do sleep 0.05; done; exit 14");
    detached("lives", "while test ! -e /app/later; do sleep 0.05; done; exit 15");
    int ends = reg.pid("ends");
    int engine = reg.enginePid();
    int launcher = reg.launcherPid();
    Processes.kill(engine);
    Processes.kill(launcher);
    touchInProject("end");
    Await.until(() -> !Processes.alive(ends), () -> "still there");
    assertThat(reg.run("wait", "ends").out()).isEqualTo("14\n");
    assertThat(reg.state("lives")).isEqualTo("Running");
    touchInProject("later");
    assertThat(reg.run("wait", "lives").out()).isEqualTo("15\n");
  }

  @Test
  void anExitNobodySawIsTrueOrUnknown() {
    reg.run("run", "-d", "--name", "raw", "--no-init", "-tbusybox", "--", "sleep", "300")
        .succeeded();
    int pid = reg.pid("raw");
    int engine = reg.enginePid();
    int launcher = reg.launcherPid();
    Processes.kill(engine);
    Processes.kill(launcher);
    Processes.kill(pid);
    assertThat(reg.state("raw")).isEqualTo("Stopped");
    // The host's init decides: what it has not waited for yet the kernel still tells.
    assertThat(reg.inspect("raw").get("exitCode").toString()).isIn("null", "137");
  }

  @Test
  void aForegroundClientWaitsThroughAnEngineRestart() {
    Process client =
        reg.start(
            "run",
            "--rm",
            "--name",
            "fg",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "echo before; while test ! -e /app/end; do sleep 0.05; done; echo after; exit 21");
    Await.until(() -> reg.run("ps").out().contains("fg"), () -> "fg does not run");
    reg.run("engine", "stop").succeeded();
    assertThat(client.isAlive()).isTrue();
    reg.run("ps").succeeded();
    touchInProject("end");
    Reg.Result result = Reg.finish(client);
    assertThat(result.out()).isEqualTo("before\nafter\n");
    assertThat(result.code()).isEqualTo(21);
    Await.until(() -> reg.run("ps", "-a", "-q").out().isEmpty(), () -> "fg is kept");
  }

  @Test
  void aForegroundClientSurvivesACrashOfTheEngine() {
    Process client =
        reg.start(
            "run",
            "--rm",
            "--name",
            "fg",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "while test ! -e /app/end; do sleep 0.05; done; exit 22");
    Await.until(() -> reg.run("ps").out().contains("fg"), () -> "fg does not run");
    Processes.kill(reg.enginePid());
    touchInProject("end");
    assertThat(Reg.finish(client).code()).isEqualTo(22);
  }

  @Test
  void aSecondWholeEngineLivesBesideTheFirst() throws IOException {
    detached("here", "sleep 60");
    try (Reg other = Fixture.own()) {
      assertThat(other.run("ps", "-a", "-q").out()).isEmpty();
      assertThat(other.enginePid()).isNotEqualTo(reg.enginePid());
    }
    assertThat(reg.state("here")).isEqualTo("Running");
  }

  @Test
  void theEngineRunsAsADaemonOfItsOwn() throws IOException {
    Reg.finish(reg.start(Map.of("SECRET_OF_THE_CALLER", "1"), "info")).succeeded();
    int pid = reg.enginePid();
    String[] stat =
        Files.readString(Path.of("/proc/" + pid + "/stat"))
            .replaceFirst("^.*\\) ", "")
            .split(" ", -1);
    assertThat(stat[3]).as("session").isEqualTo(Integer.toString(pid));
    String environment = Files.readString(Path.of("/proc/" + pid + "/environ"));
    assertThat(environment).doesNotContain("SECRET_OF_THE_CALLER");
    assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/cwd"))).isEqualTo(Path.of("/"));
    assertThat(Files.readString(Path.of("/proc/" + pid + "/status")))
        .containsPattern("Umask:\\s+0022");
  }

  /** What the session of whoever came first has is nothing to those who come later. */
  @Test
  void theEngineHasNothingOfTheSessionThatStartsIt() throws IOException {
    Files.createDirectories(reg.root.resolve("run"));
    reg.by(
            Reg.installation(),
            "setarch",
            "-R",
            "taskset",
            "-c",
            "0",
            "chrt",
            "--batch",
            "0",
            "nice",
            "-n",
            "7",
            "ionice",
            "-c",
            "3",
            "sh",
            "-c",
            "trap '' HUP USR1 TERM; umask 077; ulimit -S -c 100; ulimit -S -f 100000;"
                + " ulimit -S -n 300; ulimit -S -u 5000; echo 500 >/proc/self/oom_score_adj;"
                + " export ODD=1; exec \"$@\"",
            "sh")
        .run("engine", "start")
        .succeeded();
    String tell =
        "grep -E '^(Cpus_allowed_list|SigIgn|SigBlk|Umask)' /proc/self/status;"
            + " cat /proc/self/oom_score_adj /proc/self/personality; ulimit -S -c; ulimit -S -f;"
            + " cut -d' ' -f 19,41 /proc/self/stat; env";
    Reg.Result odd = reg.run("run", "--rm", "-tbusybox", "--", "sh", "-c", tell).succeeded();
    reg.run("engine", "stop").succeeded();
    Reg.Result plain = reg.run("run", "--rm", "-tbusybox", "--", "sh", "-c", tell).succeeded();
    assertThat(withoutId(odd)).isEqualTo(withoutId(plain));
    assertThat(odd.out())
        .contains("Umask:\t0022\n", "SigIgn:\t0000000000000000\n", "\n0\n00000000\n0\n")
        .contains("\n0 0\n")
        .doesNotContain("ODD");
  }

  private static List<String> withoutId(Reg.Result result) {
    return result.lines().stream().filter(line -> !line.startsWith("HOSTNAME=")).toList();
  }

  private void touchInProject(String name) {
    try {
      Files.createFile(reg.project().resolve(name));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
