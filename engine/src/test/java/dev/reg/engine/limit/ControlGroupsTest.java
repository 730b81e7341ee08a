package dev.reg.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written where, in both versions' layouts. */
class ControlGroupsTest {
  private static final List<String> LAUNCHER_FIRST =
      List.of("4:memory:/reg-1/launcher", "8:pids:/", "0::/");
  private static final List<String> LAUNCHER_SECOND = List.of("0::/reg.service/reg-1/launcher");
  private static final Limits ALL = limits("32m", "1", "0-1", "64");

  @TempDir Path top;
  private FakeKernel kernel;
  private Path swaps;

  @BeforeEach
  void machine() throws IOException {
    kernel = new FakeKernel(top);
    swaps = top.resolve("swaps");
    Files.writeString(swaps, "Filename\tType\tSize\tUsed\tPriority\n");
  }

  private static Limits limits(String memory, String cpus, String cpuset, String pids) {
    LimitParser parser = new LimitParser();
    try {
      parser.memory("-m", memory);
      parser.cpus("--cpus", cpus);
      parser.cpuset("--cpuset-cpus", cpuset);
      parser.pids("--pids-limit", pids);
      return parser.limits();
    } catch (RegException e) {
      throw new AssertionError(e);
    }
  }

  private ControlGroups first(int spares) throws IOException {
    ControlGroups groups =
        new ControlGroups(Hierarchies.of(kernel.firstVersion()), kernel, swaps, spares);
    groups.locate(LAUNCHER_FIRST);
    return groups;
  }

  private ControlGroups second(String controllers) throws IOException {
    ControlGroups groups =
        new ControlGroups(Hierarchies.of(kernel.secondVersion(controllers)), kernel, swaps, 0);
    groups.locate(LAUNCHER_SECOND);
    return groups;
  }

  private String text(String... parts) throws IOException {
    return Files.readString(top.resolve(String.join("/", parts))).strip();
  }

  private Path in(Group group, String hierarchy) {
    return group.directories().stream()
        .filter(directory -> directory.startsWith(top.resolve(hierarchy)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + hierarchy + " in " + group));
  }

  private String textIn(Group group, String hierarchy, String file) throws IOException {
    return Files.readString(in(group, hierarchy).resolve(file)).strip();
  }

  @Test
  void versionOneHasAGroupInEachHierarchyThatIsNeeded() throws Exception {
    ControlGroups groups = first(0);
    Group group = groups.take(ALL);
    assertThat(textIn(group, "memory", "memory.limit_in_bytes")).isEqualTo("33554432");
    assertThat(textIn(group, "memory", "memory.memsw.limit_in_bytes")).isEqualTo("67108864");
    assertThat(textIn(group, "cpu", "cpu.cfs_quota_us")).isEqualTo("100000");
    assertThat(textIn(group, "cpuset", "cpuset.cpus")).isEqualTo("0-1");
    assertThat(textIn(group, "cpuset", "cpuset.mems")).isEqualTo("0");
    assertThat(textIn(group, "pids", "pids.max")).isEqualTo("64");
    assertThat(group.tasks()).hasSize(4);
    assertThat(group.directory()).isNull();
    groups.remove(group);
    assertThat(kernel.groups()).isEmpty();
  }

  @Test
  void aHierarchyThatIsNotNeededIsLeftAlone() throws Exception {
    ControlGroups groups = first(0);
    groups.take(limits("0", "0", "", "5")).close();
    assertThat(kernel.groups()).hasSize(1).first().asString().startsWith("pids/reg-1/c-");
    assertThat(top.resolve("memory/reg-1")).doesNotExist();
  }

  @Test
  void versionTwoHasOneGroupAndTheControllersOnTheWayToIt() throws Exception {
    ControlGroups groups = second("cpuset cpu io memory pids");
    Group group = groups.take(limits("32m", "0.5", "", "64"));
    String place = "unified/reg.service/reg-1/" + group.name();
    assertThat(text(place, "memory.max")).isEqualTo("33554432");
    assertThat(text(place, "memory.swap.max")).isEqualTo("33554432");
    assertThat(text(place, "cpu.max")).isEqualTo("50000 100000");
    assertThat(text(place, "pids.max")).isEqualTo("64");
    assertThat(text(place, "cpuset.cpus")).isEmpty();
    assertThat(group.tasks()).isEmpty();
    assertThat(group.directory()).isNotNull();
    for (String way : List.of("unified", "unified/reg.service", "unified/reg.service/reg-1")) {
      assertThat(text(way, "cgroup.subtree_control")).as(way).startsWith("+");
    }
    groups.remove(group);
    assertThat(kernel.groups()).isEmpty();
  }

  @Test
  void wantOfMemoryIsReadInBothVersions() throws Exception {
    Group one = first(0).take(ALL);
    assertThat(one.oomKilled()).isFalse();
    Path control = in(one, "memory").resolve("memory.oom_control");
    Files.writeString(control, "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    assertThat(one.oomKilled()).isTrue();
    Group two = second("cpuset cpu memory pids").take(ALL);
    Path events = top.resolve("unified/reg.service/reg-1").resolve(two.name());
    Files.writeString(events.resolve("memory.events"), "low 0\noom 3\noom_kill 0\n");
    assertThat(two.oomKilled()).isFalse();
    Files.writeString(events.resolve("memory.events"), "low 0\noom 3\noom_kill 2\n");
    assertThat(two.oomKilled()).isTrue();
  }

  @Test
  void aMissingControllerIsNamed() throws Exception {
    assertRefused(() -> second("cpu pids").check(ALL), "cannot limit memory (-m)", "memory");
    ControlGroups none = ControlGroups.none();
    none.locate(LAUNCHER_SECOND);
    assertRefused(
        () -> none.check(limits("0", "0", "", "5")), "the number of processes (--pids-limit)");
    assertRefused(() -> ControlGroups.none().check(ALL), "launcher.log");
    none.check(Limits.NONE);
  }

  @Test
  void processorsThatAreNotThereAreNamed() throws Exception {
    ControlGroups groups = first(0);
    assertRefused(() -> groups.check(limits("0", "0", "1-3", "0")), "1-3", "the machine has 0-1");
    assertRefused(() -> groups.check(limits("0", "100000", "", "0")), "--cpus", "100000");
  }

  /** Swap that cannot be counted matters when there is some, or when it was spoken of. */
  @Test
  void swapThatCannotBeCountedIsNoLimit() throws Exception {
    kernel.lacking.addAll(List.of("memory.memsw.limit_in_bytes"));
    ControlGroups groups = first(0);
    groups.take(ALL).close();
    LimitParser parser = new LimitParser();
    parser.memory("-m", "32m");
    parser.memorySwap("--memory-swap", "64m");
    assertRefused(() -> groups.check(parser.limits()), "--memory-swap", "swapaccount=1");
    parser.memorySwap("--memory-swap", "-1");
    groups.check(parser.limits());
    Files.writeString(swaps, "Filename\tType\n/dev/sda2\tpartition\n");
    groups.check(parser.limits());
    assertRefused(() -> groups.check(ALL), "(-m)", "--memory-swap=-1");
  }

  @Test
  void groupsAreFoundByTheirProcessOrTheirName() throws Exception {
    ControlGroups groups = first(0);
    Group group = groups.take(ALL);
    assertThat(groups.find(group.name(), List.of()).orElseThrow().directories())
        .containsExactlyInAnyOrderElementsOf(group.directories());
    List<String> process =
        List.of(
            "0::/",
            "4:memory:/reg-1/" + in(group, "memory").getFileName(),
            "8:pids:/reg-1/" + in(group, "pids").getFileName());
    assertThat(groups.find(null, process).orElseThrow().directories())
        .containsExactlyInAnyOrder(in(group, "memory"), in(group, "pids"));
    assertThat(groups.find(group.name(), process).orElseThrow().directories())
        .containsExactlyInAnyOrderElementsOf(group.directories());
    assertThat(groups.find(null, List.of("8:pids:/reg-1/launcher"))).isEmpty();
    assertThat(groups.find("c-gone", List.of())).isEmpty();
    assertThat(groups.find("../memory", List.of())).isEmpty();
    assertThat(groups.find("c-gone,../memory,,c-/../launcher", List.of())).isEmpty();
  }

  /** A container that an engine started which gave its groups one name. */
  @Test
  void groupsOfOneNameAreFound() throws Exception {
    ControlGroups groups = first(0);
    groups.take(ALL);
    for (String hierarchy : List.of("memory", "pids")) {
      kernel.make(top.resolve(hierarchy + "/reg-1/c-same"));
    }
    Group same = groups.find("c-same", List.of()).orElseThrow();
    assertThat(same.directories())
        .containsExactlyInAnyOrder(
            top.resolve("memory/reg-1/c-same"), top.resolve("pids/reg-1/c-same"));
    assertThat(same.name()).isEqualTo("c-same");
    groups.sweep(Set.copyOf(same.names()));
    assertThat(kernel.groups()).hasSize(2);
  }

  @Test
  void whatNobodyIsInIsSweptAway() throws Exception {
    ControlGroups groups = first(0);
    Group kept = groups.take(ALL);
    Group left = groups.take(ALL);
    groups.sweep(Set.copyOf(kept.names()));
    assertThat(kept.directories()).hasSize(4).allMatch(Files::isDirectory);
    assertThat(kernel.groups()).hasSize(4);
    assertThat(kernel.removed).containsExactlyInAnyOrderElementsOf(left.directories());
  }

  @Test
  void whatHoldsTheEnginesOwnProcessesIsNotMadeAheadAndNeverKept() throws Exception {
    ControlGroups groups = first(3);
    Group own = groups.hold(limits("2g", "0", "", "0"));
    Path memory = in(own, "memory");
    assertThat(own.joining()).containsExactly(memory.resolve("tasks"));
    assertThat(textIn(own, "memory", "memory.limit_in_bytes")).isEqualTo("2147483648");
    assertThat(groups.report().spares()).isZero();
    groups.sweep(Set.copyOf(own.names()));
    assertThat(kernel.removed).containsExactly(memory);
  }

  @Test
  void anEngineThatStopsEndsItsOwnProcessesAndLeavesNoGroupOfTheirs() throws Exception {
    ControlGroups groups = first(0);
    Group own = groups.hold(limits("2g", "0", "", "0"));
    Process sleeper = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(in(own, "memory").resolve("cgroup.procs"), sleeper.pid() + "\n");
      // In the kernel the one goes with the other.
      Path members = in(own, "memory").resolve("cgroup.procs");
      CompletableFuture<Boolean> left = sleeper.onExit().thenApply(p -> members.toFile().delete());
      groups.close();
      assertThat(left).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(true);
      assertThat(sleeper.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(sleeper.exitValue()).isEqualTo(137);
    } finally {
      sleeper.destroyForcibly();
    }
    assertThat(kernel.removed).contains(in(own, "memory"), top.resolve("memory/reg-1"));
    assertThatThrownBy(() -> groups.hold(limits("2g", "0", "", "0")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
  }

  @Test
  void versionTwoIsJoinedByItsOwnFile() throws Exception {
    Group own = second("memory").hold(limits("2g", "0", "", "0"));
    assertThat(own.joining()).containsExactly(own.directories().getFirst().resolve("cgroup.procs"));
  }

  @Test
  void sparesAreBoundedFreshAndGoneInTheEnd() throws Exception {
    ControlGroups groups = first(3);
    assertThat(kernel.groups()).as("none before one was wanted").isEmpty();
    Limits pids = limits("0", "0", "", "5");
    Group first = groups.take(pids);
    awaitGroups(4);
    Group second = groups.take(pids);
    Group third = groups.take(pids);
    assertThat(List.of(first.name(), second.name(), third.name())).doesNotHaveDuplicates();
    awaitGroups(6);
    awaitSpares(groups, 3);
    groups.remove(third);
    groups.remove(first);
    groups.remove(second);
    assertThat(groups.report().spares()).isEqualTo(3);
    groups.close();
    assertThat(kernel.groups()).isEmpty();
    assertThat(top.resolve("pids/reg-1")).doesNotExist();
  }

  @Test
  void sparesServeEveryCombinationAndHaveNobodysLimits() throws Exception {
    ControlGroups groups = first(2);
    Group memory = groups.take(limits("32m", "0", "", "0"));
    Group pids = groups.take(limits("0", "0", "", "5"));
    awaitGroups(2 + 2 * 2);
    awaitSpares(groups, 4);
    List<String> ahead = kernel.groups();
    assertThat(groups.report().sparesMost()).as("in four hierarchies").isEqualTo(8);
    Group both = groups.take(limits("48m", "0", "", "7"));
    assertThat(both.directories())
        .hasSize(2)
        .allMatch(directory -> ahead.contains(top.relativize(directory).toString()))
        .doesNotContainAnyElementsOf(memory.directories())
        .doesNotContainAnyElementsOf(pids.directories());
    assertThat(textIn(both, "memory", "memory.limit_in_bytes")).isEqualTo("50331648");
    assertThat(textIn(both, "pids", "pids.max")).isEqualTo("7");
    for (Group group : List.of(memory, pids, both)) {
      groups.remove(group);
    }
    groups.close();
    assertThat(kernel.groups()).isEmpty();
  }

  /** Disabling a controller takes limits away from groups that have some. */
  @Test
  void anEngineThatStopsLeavesRunningContainersTheirLimits() throws Exception {
    ControlGroups groups = second("cpuset cpu io memory pids");
    Group running = groups.take(ALL);
    Path control = top.resolve("unified/reg.service/reg-1/cgroup.subtree_control");
    Files.writeString(control, "cpuset cpu memory pids\n");
    groups.close();
    assertThat(control).hasContent("cpuset cpu memory pids");
    assertThat(kernel.groups()).hasSize(1);
    groups.remove(running);
    groups.close();
    assertThat(control.getParent()).doesNotExist();
  }

  private void awaitGroups(int count) throws Exception {
    for (int i = 0; i < 500 && kernel.groups().size() != count; i++) {
      Thread.sleep(10);
    }
    assertThat(kernel.groups()).hasSize(count);
  }

  /** A group is a spare a moment after it was made. */
  private static void awaitSpares(ControlGroups groups, int count) throws Exception {
    for (int i = 0; i < 500 && groups.report().spares() != count; i++) {
      Thread.sleep(10);
    }
    assertThat(groups.report().spares()).isEqualTo(count);
  }

  private interface Checking {
    void check() throws Exception;
  }

  private static void assertRefused(Checking checking, String... said) {
    assertThatThrownBy(checking::check)
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION);
              assertThat(e.line()).contains(said);
            });
  }
}
