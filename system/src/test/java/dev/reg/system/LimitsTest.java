package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What containers are held to, on whichever version of control groups the machine has. */
class LimitsTest {
  private static final String EATER =
      "x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; while :; do x=\"$x$x\"; done";

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @BeforeEach
  void engine() throws IOException {
    reg = Fixture.shared();
  }

  @AfterEach
  void removeAll() {
    List<String> ids = reg.run("ps", "-a", "-q").lines();
    for (String id : ids) {
      reg.run("remove", "-f", id).succeeded();
    }
  }

  private Reg.Result busybox(String limits, String script) {
    return reg.run(words("run --rm --no-project " + limits + " -t busybox -- sh -c", script));
  }

  private int detached(String name, String limits, String script) {
    String start = "run -d --no-project --name " + name + " " + limits + " -t busybox -- sh -c";
    reg.run(words(start, script)).succeeded();
    return reg.pid(name);
  }

  private static String[] words(String line, String last) {
    return (line + " " + last.replace(' ', '\u0000'))
        .lines()
        .flatMap(l -> List.of(l.split(" +")).stream())
        .map(word -> word.replace('\u0000', ' '))
        .toArray(String[]::new);
  }

  @Test
  void tooMuchMemoryIsTheEndAndSaidToBeTheReason() {
    Reg.Result eater =
        reg.run(words("run --no-project --name eater -m 16m -t busybox -- sh -c", EATER));
    assertThat(eater.code()).isEqualTo(137);
    JsonNode inspected = reg.inspect("eater");
    assertThat(inspected.get("oomKilled").booleanValue()).isTrue();
    assertThat(inspected.get("exitCode").intValue()).isEqualTo(137);
    assertThat(inspected.get("limits").get("memory").intValue()).isEqualTo(16 << 20);
  }

  @Test
  void aKillByHandIsNoWantOfMemory() {
    detached("killed", "-m 16m", "sleep 600");
    reg.run("kill", "killed").succeeded();
    assertThat(reg.run("wait", "killed").out()).isEqualTo("137\n");
    reg.awaitState("killed", "Stopped");
    assertThat(reg.inspect("killed").get("oomKilled").booleanValue()).isFalse();
  }

  @Test
  void memoryAndSwapAreWhatTheKernelHas() throws IOException {
    int pid = detached("m", "-m 32m --memory-swap 48m", "sleep 600");
    Path group = Groups.of(pid, "memory");
    assertThat(Groups.read(group, "memory.limit_in_bytes", "memory.max"))
        .isEqualTo("" + (32 << 20));
    if (Groups.isSecond()) {
      assertThat(group.resolve("memory.swap.max")).hasContent("" + (16 << 20));
    } else {
      assertThat(group.resolve("memory.memsw.limit_in_bytes")).hasContent("" + (48 << 20));
    }
  }

  @Test
  void processesAreCounted() {
    Reg.Result forker =
        busybox("--pids-limit 5", "for i in 1 2 3 4 5 6; do sleep 9 & done; echo not reached");
    assertThat(forker.out()).isEmpty();
    assertThat(forker.err()).contains("can't fork");
  }

  @Test
  void processorTimeIsHeldBack() throws IOException {
    int pid = detached("busy", "--cpus 0.1", "while :; do :; done");
    Path group = Groups.of(pid, "cpu");
    Await.until(() -> throttled(group) > 0, () -> "never held back in " + group);
    assertThat(Groups.read(group, "cpu.cfs_quota_us", "cpu.max")).startsWith("10000");
  }

  private static long throttled(Path group) {
    try {
      return Groups.number(Files.readString(group.resolve("cpu.stat")), "nr_throttled");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void processorsAreChosen() {
    assertThat(busybox("--cpuset-cpus 1", "grep Cpus_allowed_list /proc/self/status").out())
        .isEqualTo("Cpus_allowed_list:\t1\n");
  }

  @Test
  void resourceLimitsAreThePrograms() {
    assertThat(busybox("--ulimit nofile=50:60 --ulimit core=0", "ulimit -n; ulimit -Hn; ulimit -c"))
        .isEqualTo(new Reg.Result(0, "50\n60\n0\n", ""));
  }

  @Test
  void theOutsideStaysOutOfSight() {
    assertThat(busybox("-m 32m --cpus 1 --pids-limit 9", "cut -d: -f3 /proc/self/cgroup").lines())
        .isNotEmpty()
        .containsOnly("/");
  }

  @Test
  void whoAsksForNothingGetsNoGroups() throws IOException {
    int free = detached("free", "", "sleep 600");
    int held = detached("held", "--pids-limit 50", "sleep 600");
    assertThat(Groups.of(free, "pids").getFileName().toString()).doesNotStartWith("c-");
    assertThat(Groups.of(held, "pids").getFileName().toString()).startsWith("c-");
    if (!Groups.isSecond()) {
      assertThat(Groups.of(held, "memory").getFileName().toString()).isEqualTo("launcher");
    }
  }

  @Test
  void whatIsExecutedInAContainerIsHeldWithIt() throws IOException {
    int pid = detached("joined", "-m 32m --pids-limit 50", "sleep 600");
    Process exec = reg.start("exec", "joined", "--", "sleep", "600");
    for (String controller : List.of("memory", "pids")) {
      Path processes = Groups.of(pid, controller).resolve("cgroup.procs");
      Await.until(
          () -> lines(processes) == 3, () -> "init, program and command are in " + processes);
    }
    reg.run("kill", "joined").succeeded();
    assertThat(Reg.finish(exec).code()).isEqualTo(137);
  }

  private static long lines(Path file) {
    try {
      return Files.readString(file).lines().count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aContainerIsLimitedAgainWhenItIsStartedAgain() throws IOException {
    int first = detached("again", "-m 24m", "sleep 600");
    Path before = Groups.of(first, "memory");
    reg.run("stop", "-t", "0", "again").succeeded();
    reg.run("start", "again").succeeded();
    Path after = Groups.of(reg.pid("again"), "memory");
    assertThat(after).isNotEqualTo(before);
    assertThat(Groups.read(after, "memory.limit_in_bytes", "memory.max"))
        .isEqualTo("" + (24 << 20));
    Await.until(() -> !Files.exists(before), () -> before + " stays");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cpus 9999",
        "--cpuset-cpus 8000",
        "-m 5m",
        "-m much",
        "--memory-swap 64m",
        "--pids-limit -5",
        "--ulimit nofile=99999999999"
      })
  void whatCannotBeIsRefusedBeforeAnythingIsMade(String limit) {
    int before = reg.run("ps", "-a", "-q").lines().size();
    Reg.Result refused = busybox(limit, "echo ran");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).startsWith("reg: ").hasLineCount(1).contains(limit.split(" ", -1)[0]);
    assertThat(reg.run("ps", "-a", "-q").lines()).hasSize(before);
  }

  /** The kernel charges a file's page to whoever reads it first: that is to be the repository. */
  @Test
  void aSmallContainerNeitherPaysForNorEvictsWhatAllShare() throws IOException {
    int pid =
        detached(
            "reader",
            "-m 16m -t python",
            "find /usr -type f -exec cat {} + >/dev/null; touch /dev/shm/done; sleep 600");
    Path done = Path.of("/proc/" + pid + "/root/dev/shm/done");
    Await.until(() -> Files.exists(done), () -> "the reader does not get done");
    Path own = Groups.of(pid, "memory");
    Path shared = own.resolveSibling("repository");
    long files = sizes(Path.of("/proc/" + pid + "/root/usr"));
    assertThat(files).as("more than fits the container").isGreaterThan(32 << 20);
    assertThat(charged(own)).isLessThan(1 << 20);
    assertThat(reg.run("inspect", "reader").out()).contains("\"oomKilled\" : false");
    if (Files.getFileStore(reg.root).type().equals("tmpfs")) {
      return; // its files are memory already, and charged to whoever wrote them
    }
    assertThat(charged(shared)).isGreaterThanOrEqualTo(files);
    assertThat(reg.info().get("controlGroups").get("repositoryBytes").longValue())
        .isGreaterThanOrEqualTo(files);
    if (Groups.isSecond()) {
      assertThat(Long.parseLong(Files.readString(shared.resolve("memory.low")).strip()))
          .isGreaterThanOrEqualTo(files);
    }
  }

  /** Bytes of files that are charged to a group. */
  static long charged(Path group) throws IOException {
    String stat = Files.readString(group.resolve("memory.stat"));
    long pages = Groups.number(stat, Groups.isSecond() ? "file" : "cache");
    long memory =
        stat.lines().anyMatch(l -> l.startsWith("shmem ")) ? Groups.number(stat, "shmem") : 0;
    return pages - memory;
  }

  private static long sizes(Path tree) throws IOException {
    try (var all = Files.walk(tree)) {
      return all.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS))
          .mapToLong(f -> f.toFile().length())
          .sum();
    }
  }

  @Test
  void groupsOutliveAnEngineAreFoundAgainAndLeaveNothing() throws Exception {
    reg = Fixture.small();
    try {
      int pid =
          detached(
              "survivor",
              "-m 16m --pids-limit 20",
              "while [ ! -e /dev/shm/go ]; do sleep 0.1; done; " + EATER);
      Path memory = Groups.of(pid, "memory");
      Path pids = Groups.of(pid, "pids");
      Path stray = Files.createDirectory(memory.resolveSibling("c-of-nobody"));
      ProcessHandle engine = ProcessHandle.of(reg.enginePid()).orElseThrow();
      engine.destroyForcibly();
      Await.until(() -> !engine.isAlive(), () -> "the engine lives");
      Files.createFile(Path.of("/proc/" + pid + "/root/dev/shm/go"));
      assertThat(reg.run("wait", "survivor").out()).isEqualTo("137\n");
      reg.awaitState("survivor", "Stopped");
      assertThat(reg.inspect("survivor").get("oomKilled").booleanValue()).isTrue();
      Await.until(
          () -> !Files.exists(memory) && !Files.exists(pids) && !Files.exists(stray),
          () -> memory + " stays");
      Path base = memory.getParent();
      reg.close();
      Await.until(() -> !Files.exists(base), () -> base + " stays");
      assertThat(pids.getParent()).doesNotExist();
    } finally {
      reg.close();
      reg = Fixture.shared();
    }
  }
}
