package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.access.Access;
import dev.reg.engine.environment.BaseLayer;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.launcher.RecordingLauncher;
import dev.reg.engine.lifecycle.State;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.Grants;
import dev.reg.engine.limit.RepositoryGroup;
import dev.reg.engine.plan.PlanInput;
import dev.reg.engine.plan.Planner;
import dev.reg.engine.protocol.FakeCaller;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An engine that begins with what another one left: record, launcher and kernel in all states. */
class RecoveryTest {
  private static final String ID = Samples.id("a");
  private static final int PID = 4242;
  private static final long START = 777;
  private static final int SLOT = 17;
  private static final String JOINED = Samples.id("f");
  private static final int JOINED_PID = 4343;
  private static final int JOINED_SLOT = 18;
  private static final int PER_USER = 10;

  @TempDir Path directory;
  private final RecordingLauncher launcher = new RecordingLauncher();
  private final FakeProcesses kernel = new FakeProcesses();
  private final List<Runnable> waiting = new ArrayList<>();

  private final class Engine implements AutoCloseable {
    final Layout layout = Layout.at(directory.resolve("root"));
    final ContainerService service;

    Engine() throws IOException {
      layout.create();
      Host host =
          new Host(
              layout,
              new NoMounts(),
              new Planner(path -> true),
              new BaseLayer(layout),
              kernel,
              "this boot",
              new PlanInput.FileLimit(1024, 4096),
              ControlGroups.none(),
              new RepositoryGroup(ControlGroups.none(), directory.resolve("none")),
              new Grants(Map.of(), true));
      service =
          new ContainerService(
              host,
              launcher,
              EnvironmentStore.open(layout, ObjectStore.open(layout)),
              0,
              PER_USER,
              waiting::add);
      launcher.listener(service.listener());
    }

    Container container() {
      return service.containers().list().getFirst();
    }

    /** {@code Running}, {@code Stopped 3}, {@code Stopped unknown} or {@code none}. */
    String shown() {
      if (service.containers().list().isEmpty()) {
        return "none";
      }
      Status status = container().status();
      return switch (status.state()) {
        case STOPPED -> "Stopped " + (status.exitCode() == null ? "unknown" : status.exitCode());
        default -> status.state().label();
      };
    }

    @Override
    public void close() {
      service.close();
    }
  }

  private static Status status(
      State state, @Nullable Integer code, Status.@Nullable RunRecord run) {
    Instant at = Instant.parse("2026-11-23T08:00:00Z");
    boolean began = state != State.GENERATED;
    return new Status(
        state, code, false, began ? at : null, state == State.STOPPED ? at : null, "secret", run);
  }

  private void record(Layout layout, boolean remove, Status status)
      throws IOException, RegException {
    Spec spec = Samples.spec(ID, "web", remove);
    Files.createDirectories(layout.containerUpper(ID));
    new RecordStore(layout).create(new ContainerRecord(spec, status));
  }

  /**
   * The columns: state in the record; the run it names: none, ours (pid and start time), early (no
   * pid yet), vague (a pid without a start time), another boot's; what the launcher knows; the
   * process of that pid: ours, another, or none, or rooted: ours, seen at its root; the exit file;
   * what comes out; the launcher's calls.
   */
  @ParameterizedTest(name = "{0} {1} {2} {3} {4} {5}")
  @CsvSource({
    // Nobody knows more than the record.
    "Generated, none,  -, none,  -, -, Generated,         ''",
    "Stopped,   none,  -, none,  -, -, Stopped 3,         ''",
    "Stopped,   none,  -, other, 9, -, Stopped 3,         ''",
    // The launcher knows: it is right, whatever record and kernel say.
    "Generated, none,  STARTING, ours,  -, -, Generated,  ''",
    "Generated, early, STARTING, ours,  -, -, Generated,  ''",
    "Stopped,   early, STARTING, ours,  -, -, Stopped 3,  ''",
    "Generated, early, RUNNING,  ours,  -, -, Running,    ''",
    "Running,   ours,  RUNNING,  ours,  -, -, Running,    ''",
    "Stopped,   none,  RUNNING,  ours,  -, -, Running,    ''",
    "Running,   ours,  EXITED,   ours,  -, -, Running,    ''",
    "Running,   ours,  GONE 7,   none,  -, -, Stopped 7,  forget 17",
    "Running,   ours,  GONE 7,   other, 9, -, Stopped 7,  forget 17",
    "Generated, early, GONE 7,   none,  -, -, Stopped 7,  forget 17",
    "Running,   ours,  GONE,     none,  9, -, Stopped 9,  forget 17",
    "Running,   ours,  GONE,     none,  -, -, Stopped unknown, forget 17",
    // A start that failed is none.
    "Generated, early, FAILED,   none,  -, -, Generated,  forget 17",
    "Stopped,   early, FAILED,   none,  -, -, Stopped 3,  forget 17",
    // The launcher has died: the kernel knows, or nobody.
    "Running,   ours,  -, ours,  -, -, Running,           adopt 18 4242",
    "Generated, ours,  -, ours,  -, -, Running,           adopt 18 4242",
    "Stopped,   ours,  -, ours,  -, -, Running,           adopt 18 4242",
    "Running,   ours,  -, other, -, -, Stopped unknown,   ''",
    "Running,   ours,  -, other, 9, -, Stopped 9,         ''",
    "Running,   ours,  -, none,  9, -, Stopped 9,         ''",
    "Running,   ours,  -, none,  -, 5, Stopped unknown,   ''",
    // A container's own root names its process, whatever the record had time to say.
    "Running,   ours,  -, rooted, -, -, Running,          adopt 18 4242",
    "Generated, early, -, rooted, -, -, Running,          adopt 18 4242",
    "Generated, none,  -, rooted, -, -, Running,          adopt 18 4242",
    "Stopped,   early, -, rooted, 9, -, Running,          adopt 18 4242",
    "Running,   vague, -, rooted, -, -, Running,          adopt 18 4242",
    "Running,   ours,  RUNNING, rooted, -, -, Running,    ''",
    // A bare pid names no process.
    "Running,   vague, -, other, -, -, Stopped unknown,   ''",
    "Running,   vague, -, other, 9, -, Stopped 9,         ''",
    // The machine was started anew: no exit file can be of that run.
    "Running,   boot,  -, ours,  -, -, Stopped unknown,   ''",
    "Running,   boot,  -, none,  9, -, Stopped unknown,   ''",
    "Running,   none,  -, none,  9, -, Stopped unknown,   ''",
  })
  void whoeverIsNearerToTheProcessesIsRight(
      String state,
      String run,
      String known,
      String process,
      String exitFile,
      String code,
      String expected,
      String calls)
      throws Exception {
    for (boolean remove : List.of(false, true)) {
      if (remove && state.equals("Stopped")) {
        continue; // such a container is removed when it stops
      }
      launcher.clear();
      prepare(state, run, known, process, exitFile, code, remove);
      try (Engine engine = new Engine()) {
        engine.service.recover();
        boolean gone = remove && expected.startsWith("Stopped");
        if (remove && known.equals("FAILED")) {
          gone = true; // nothing is left of a run that failed
        }
        assertThat(engine.shown()).as("remove %s", remove).isEqualTo(gone ? "none" : expected);
        List<String> made = new ArrayList<>(launcher.transcript());
        assertThat(made.removeFirst()).isEqualTo("list 0");
        assertThat(String.join(", ", made)).isEqualTo(calls);
        engine.service.close();
        if (gone) {
          assertThat(engine.layout.container(ID)).doesNotExist();
          assertThat(engine.layout.runtimeRecord(ID)).doesNotExist();
        }
        if (expected.startsWith("Stopped") && !remove && !known.equals("STARTING")) {
          // Recorded: without launcher and kernel the next engine knows it too.
          launcher.clear();
          kernel.startTimes.clear();
          try (Engine next = new Engine()) {
            next.service.recover();
            assertThat(next.shown()).isEqualTo(expected);
          }
        }
      }
      delete(directory.resolve("root"));
    }
  }

  private static void delete(Path tree) throws IOException {
    new ProcessBuilder("rm", "-rf", tree.toString()).start().onExit().join();
  }

  private void prepare(
      String state,
      String run,
      String known,
      String process,
      String exitFile,
      String code,
      boolean remove)
      throws IOException, RegException {
    Layout layout = Layout.at(directory.resolve("root"));
    layout.create();
    Status.RunRecord recorded =
        switch (run) {
          case "ours" -> new Status.RunRecord(PID, START, "this boot", null);
          case "early" -> new Status.RunRecord(0, 0, "this boot", null);
          case "vague" -> new Status.RunRecord(PID, 0, "this boot", null);
          case "boot" -> new Status.RunRecord(PID, START, "an earlier boot", null);
          default -> null;
        };
    State was = State.of(state).orElseThrow();
    record(layout, remove, status(was, was == State.STOPPED ? 3 : null, recorded));
    kernel.startTimes.clear();
    kernel.roots.clear();
    switch (process) {
      case "ours" -> kernel.startTimes.put(PID, START);
      case "rooted" -> {
        kernel.startTimes.put(PID, START);
        kernel.roots.put(ID, PID);
      }
      case "other" -> kernel.startTimes.put(PID, START + 1);
      default -> {}
    }
    kernel.code = code.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(code));
    if (!exitFile.equals("-")) {
      Files.writeString(layout.exit(ID), exitFile + "\n");
    }
    if (!known.equals("-")) {
      String[] words = known.split(" ", -1);
      launcher.holds(
          SLOT,
          ID,
          PID,
          Launcher.State.valueOf(words[0]),
          words.length == 1 ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(words[1])));
    } else {
      // Another container's slot: its number is not given out again.
      launcher.holds(SLOT, Samples.id("f"), 1, Launcher.State.EXITED, OptionalInt.of(0));
    }
  }

  @Test
  void whatRunsWithoutARecordIsEnded() throws Exception {
    launcher.holds(3, Samples.id("b"), 1, Launcher.State.RUNNING, OptionalInt.empty());
    launcher.holds(4, Samples.id("c"), 2, Launcher.State.STARTING, OptionalInt.empty());
    launcher.holds(5, Samples.id("d"), 3, Launcher.State.GONE, OptionalInt.of(0));
    launcher.holds(6, Samples.id("e"), 4, Launcher.State.FAILED, OptionalInt.empty());
    try (Engine engine = new Engine()) {
      Files.writeString(engine.layout.exit(Samples.id("d")), "0\n");
      Files.createDirectories(engine.layout.containerUpper(Samples.id("b")));
      engine.service.recover();
      assertThat(launcher.transcript())
          .containsExactlyInAnyOrder("list 0", "signal 3 9", "signal 4 9", "forget 5", "forget 6");
      assertThat(engine.service.containers().list()).isEmpty();
      assertThat(engine.layout.exit(Samples.id("d"))).doesNotExist();
      assertThat(engine.layout.container(Samples.id("b"))).doesNotExist();
      launcher.sendGone(3, OptionalInt.of(137));
      assertThat(launcher.transcript()).last().isEqualTo("forget 3");
    }
  }

  @Test
  void anExitThatCameBeforeTheRecordsWereReadIsNotLost() throws Exception {
    prepare("Running", "ours", "RUNNING", "ours", "-", "-", false);
    try (Engine engine = new Engine()) {
      launcher.sendExited(SLOT, 4);
      engine.service.recover();
      launcher.sendGone(SLOT, OptionalInt.of(4));
      assertThat(engine.shown()).isEqualTo("Stopped 4");
    }
  }

  @Test
  void twoRecordsWithOneNameAreTwoContainers() throws Exception {
    prepare("Generated", "none", "-", "none", "-", "-", false);
    try (Engine engine = new Engine()) {
      String other = Samples.id("b");
      Files.createDirectories(engine.layout.containerUpper(other));
      new RecordStore(engine.layout)
          .create(
              new ContainerRecord(
                  Samples.spec(other, "web", false), status(State.GENERATED, null, null)));
      engine.service.recover();
      assertThat(engine.service.containers().list()).hasSize(2);
      Access root = Access.of(new Peer(1, 0, 0, List.of()));
      assertThat(engine.service.containers().find(other, root).id()).isEqualTo(other);
      assertThat(engine.service.containers().find(ID, root).id()).isEqualTo(ID);
    }
  }

  /** An engine finds a container that runs, and in it what the launcher says of a process. */
  private Engine withProcess(Launcher.State state, OptionalInt code) throws Exception {
    prepare("Running", "ours", "RUNNING", "ours", "-", "-", false);
    kernel.startTimes.put(JOINED_PID, START + 1);
    kernel.namespaces.put(PID, "pid:[7]");
    kernel.namespaces.put(JOINED_PID, "pid:[7]");
    launcher.holdsJoined(JOINED_SLOT, JOINED, JOINED_PID, state, code);
    Engine engine = new Engine();
    engine.service.recover();
    return engine;
  }

  private int resume(Engine engine, String token) throws Exception {
    try (FakeCaller caller = new FakeCaller(directory)) {
      return engine.service.resume(ID, token, caller);
    }
  }

  @Test
  void aProcessThatJoinedIsNoStrangerAndItsEndIsTold() throws Exception {
    try (Engine engine = withProcess(Launcher.State.RUNNING, OptionalInt.empty())) {
      assertThat(engine.service.execs().count(engine.container())).isEqualTo(1);
      assertThat(launcher.transcript()).containsExactly("list 0");
      launcher.sendExited(JOINED_SLOT, 5);
      launcher.sendGone(JOINED_SLOT, OptionalInt.of(5));
      assertThat(launcher.transcript()).last().isEqualTo("forget " + JOINED_SLOT);
      assertThat(engine.service.execs().count(engine.container())).isZero();
      assertThat(resume(engine, JOINED)).isEqualTo(5);
      assertThat(engine.shown()).isEqualTo("Running");
    }
  }

  @Test
  void aProcessThatEndedMeanwhileIsRememberedForItsClientAndNobodyElse() throws Exception {
    try (Engine engine = withProcess(Launcher.State.GONE, OptionalInt.of(7))) {
      assertThat(launcher.transcript()).containsExactly("list 0", "forget " + JOINED_SLOT);
      assertThat(resume(engine, JOINED)).isEqualTo(7);
      assertThatThrownBy(() -> resume(engine, Samples.id("9"))).hasMessageContaining("no such");
    }
  }

  @Test
  void aProcessThatWasBeingStartedIsEnded() throws Exception {
    try (Engine engine = withProcess(Launcher.State.STARTING, OptionalInt.empty())) {
      assertThat(launcher.transcript()).containsExactly("list 0", "signal " + JOINED_SLOT + " 9");
      assertThat(engine.service.execs().count(engine.container())).isZero();
    }
  }

  @Test
  void theNextLauncherIsToldOfAProcessThatJoined() throws Exception {
    try (Engine engine = withProcess(Launcher.State.RUNNING, OptionalInt.empty())) {
      launcher.crash();
      String adopted = "adopt " + JOINED_SLOT + " " + JOINED_PID;
      for (int i = 0; i < 500 && !launcher.transcript().contains(adopted); i++) {
        Thread.sleep(10); // it is told by a thread of its own
      }
      assertThat(launcher.transcript()).contains(adopted);
      launcher.sendGone(JOINED_SLOT, OptionalInt.empty());
      assertThat(resume(engine, JOINED)).as("nobody knows its code").isEqualTo(125);
    }
  }

  @Test
  void whatOneUserExecutesIsBoundedWhoeverElseIsInTheirContainers() throws Exception {
    int one = 4242;
    prepare("Running", "ours", "RUNNING", "ours", "-", "-", false);
    for (int i = 0; i < PER_USER; i++) {
      String id = "%056x%08x".formatted(i, i == 0 ? 0 : one);
      launcher.holdsJoined(
          JOINED_SLOT + i, id, JOINED_PID + i, Launcher.State.RUNNING, OptionalInt.empty());
    }
    try (Engine engine = new Engine()) {
      engine.service.recover();
      Execs execs = engine.service.execs();
      execs.checkJoinable(engine.container(), one, "exec"); // one of them is root's
      launcher.sendExited(JOINED_SLOT, 0);
      launcher.sendGone(JOINED_SLOT, OptionalInt.of(0));
    }
    launcher.holdsJoined(
        JOINED_SLOT,
        "%056x%08x".formatted(77, one),
        JOINED_PID,
        Launcher.State.RUNNING,
        OptionalInt.empty());
    try (Engine engine = new Engine()) {
      engine.service.recover();
      Execs execs = engine.service.execs();
      assertThatThrownBy(() -> execs.checkJoinable(engine.container(), one, "exec"))
          .hasMessageStartingWith("exec: " + PER_USER + " commands of yours run in containers");
      execs.checkJoinable(engine.container(), one + 1, "exec");
      execs.checkJoinable(engine.container(), 0, "exec");
    }
  }

  @Test
  void aProcessIsStartedWhereThereIsAContainerThatRunsAndALauncherThatCan() throws Exception {
    ExecInput input = new ExecInput(null, List.of("true"), List.of(), null, null);
    try (Engine engine = withProcess(Launcher.State.GONE, OptionalInt.of(0))) {
      Container container = engine.container();
      launcher.speaks(1);
      assertThatThrownBy(() -> engine.service.execs().start(container, input, 0))
          .hasMessageContaining("older one");
      launcher.speaks(2);
      launcher.sendExited(SLOT, 0);
      launcher.sendGone(SLOT, OptionalInt.of(0));
      assertThatThrownBy(() -> engine.service.execs().start(container, input, 0))
          .hasMessage("exec: container web is not running but Stopped; start it first");
      assertThat(launcher.transcript()).noneMatch(call -> call.startsWith("join"));
    }
  }
}
