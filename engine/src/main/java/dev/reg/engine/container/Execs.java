package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Processes that join containers. Safe for use by several threads. */
public final class Execs {
  private static final Logger LOG = System.getLogger(Execs.class.getName());
  private static final int SIGKILL = 9;
  private static final int ID_BYTES = 32;

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final Starter starter;
  private final Runs runs;
  private final SecureRandom random = new SecureRandom();

  /** By id, from the order to start until the process is gone. */
  private final Map<String, Exec> live = new ConcurrentHashMap<>();

  private final Remembered remembered = new Remembered();

  Execs(Host host, Launcher launcher, Containers containers, Starter starter, Runs runs) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.starter = starter;
    this.runs = runs;
  }

  /**
   * Starts a process in a container, and returns when its program has been executed.
   *
   * @throws RegException FAILED_PRECONDITION for a container that does not run, and when the
   *     launcher is too old; COMMAND_NOT_FOUND or CANNOT_INVOKE for the program
   */
  public Started start(Container container, ExecInput input) throws RegException, IOException {
    Run life = check(container, "exec");
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    Exec[] begun = new Exec[1];
    try {
      Run run =
          starter.join(
              container.spec(),
              life,
              HexFormat.of().formatHex(bytes),
              input,
              r -> begun[0] = begin(container, r));
      return Started.await(container, run, "exec");
    } catch (RegException | IOException | RuntimeException e) {
      undo(begun[0]);
      if (e.getCause() instanceof Run.SetupFailed failed && hasEnded(container, life, failed)) {
        throw notRunning(container, "exec");
      }
      throw e;
    }
  }

  /**
   * Refuses what {@link #start} would refuse by now.
   *
   * @param task what messages begin with
   */
  public void checkJoinable(Container container, String task) throws RegException, IOException {
    Run ignored = check(container, task);
  }

  private Run check(Container container, String task) throws RegException, IOException {
    Run life =
        container
            .run()
            .filter(r -> r.started.isDone() && !r.exited.isDone())
            .orElseThrow(() -> notRunning(container, task));
    checkLauncher(task);
    checkBound(container.spec(), task);
    return life;
  }

  private Exec begin(@Nullable Container container, Run run) {
    Exec exec = new Exec(this, host.processes(), container, run);
    run.placed.complete(null);
    live.put(exec.id(), exec);
    runs.hold(exec);
    return exec;
  }

  /** What the launcher has been told of and has not answered. */
  private void undo(@Nullable Exec exec) {
    if (exec != null && !exec.run().started.isDone()) {
      kill(exec.run());
      runs.abandon(exec);
    }
  }

  /** The launcher may know it before we do. */
  private static boolean hasEnded(Container container, Run life, Run.SetupFailed failed) {
    boolean noOperation = failed.operation < 0;
    return noOperation
        && (failed.errno == Errno.ESRCH
            || life.exited.isDone()
            || container.run().filter(life::equals).isEmpty());
  }

  private static RegException notRunning(Container container, String task) {
    return new RegException(
        ErrorKind.FAILED_PRECONDITION,
        task
            + ": container "
            + container.name()
            + " is not running but "
            + container.state()
            + "; start it first");
  }

  /** One user's processes must not use up the launcher's slots; a race of a few does no harm. */
  private void checkBound(Spec spec, String task) throws RegException {
    int bound = containers.perUser();
    if (spec.isConfined()
        && live.values().stream().filter(exec -> exec.isOf(spec.owner().uid())).limit(bound).count()
            >= bound) {
      throw new RegException(
          ErrorKind.EXHAUSTED,
          task
              + ": "
              + bound
              + " commands run in your containers already, which is all that one user gets"
              + " (`containers-per-user` in engine.yaml)");
    }
  }

  private void checkLauncher(String task) throws RegException, IOException {
    if (!launcher.identity().canJoin()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          task
              + ": the launcher that runs is an older one that cannot do it; it is replaced when the"
              + " engine is started with no container running: stop them all, then reg engine stop");
    }
  }

  /**
   * Hands the caller over to a process of {@link #start}.
   *
   * @return the exit code when the program has ended already, else {@link Caller#ATTACHED}
   */
  public int attach(Started started, Caller caller) throws IOException {
    try {
      return attach(started.container().id(), started.run(), caller);
    } catch (CallerGone e) {
      kill(started.run()); // nobody ever knew of it
      throw e;
    }
  }

  private int attach(String containerId, Run run, Caller caller) throws IOException {
    Exit exit =
        run.attach(
            () -> caller.attach(containerId, run.token, signal -> relay(run, signal), () -> {}));
    return exit == null ? Caller.ATTACHED : tell(exit, caller);
  }

  private static int tell(Exit exit, Caller caller) throws CallerGone {
    if (exit.code().isEmpty()) {
      caller.err("reg: how the program ended is unknown\n");
    }
    return Codes.ofRun(exit);
  }

  /** A client that lost its engine comes back; empty when this is the token of no process. */
  OptionalInt resume(String containerId, String token, Caller caller) throws IOException {
    Exec exec = live.get(token);
    if (exec != null && isFor(exec, Access.of(caller.peer()))) {
      return OptionalInt.of(attach(containerId, exec.run(), caller));
    }
    Optional<Exit> exit = remembered.find(token, token);
    return exit.isPresent() ? OptionalInt.of(tell(exit.get(), caller)) : OptionalInt.empty();
  }

  private static boolean isFor(Exec exec, Access access) {
    Container container = exec.container();
    return access.isWhole() || (container != null && access.sees(container.spec().owner().uid()));
  }

  /** How many processes that joined this container run: none whose end its client was told of. */
  public int count(Container container) {
    return (int)
        live.values().stream()
            .filter(e -> container.equals(e.container()) && !e.run().exited.isDone())
            .count();
  }

  /** What the launcher runs or ran for an earlier engine. */
  void recover(Launcher.Item item) throws IOException {
    switch (item.state()) {
      case STARTING -> runs.killStranger(item.slot()); // its client was told that it failed
      case RUNNING -> adopt(item);
      case EXITED -> {
        adopt(item);
        runs.resumeExited(item.slot(), item.exitCode());
      }
      case GONE -> {
        Exit exit = new Exit(item.exitCode(), Instant.now());
        remembered.put(item.containerId(), item.containerId(), exit);
        launcher.forget(item.slot());
      }
      case FAILED -> launcher.forget(item.slot());
    }
  }

  private void adopt(Launcher.Item item) {
    Run run = new Run(item.slot(), item.containerId(), null);
    run.pid = item.pid();
    run.started.complete(item.pid());
    Exec ignored = begin(containerOf(item.pid()), run);
  }

  private @Nullable Container containerOf(int pid) {
    for (Container container : containers.list()) {
      Optional<Run> life = container.run();
      if (life.isPresent() && shareNamespace(host.processes(), pid, life.get().pid)) {
        return container;
      }
    }
    return null;
  }

  static boolean shareNamespace(ProcessTable processes, int pid, int other) {
    Optional<String> namespace = processes.pidNamespace(pid);
    return namespace.isPresent() && namespace.equals(processes.pidNamespace(other));
  }

  /** It never came to be. */
  void forget(Exec exec) {
    live.remove(exec.id());
  }

  void ended(Exec exec, Exit exit) {
    remembered.put(exec.id(), exec.id(), exit);
    live.remove(exec.id());
  }

  private void relay(Run run, int signal) {
    try {
      runs.signal(run, signal);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to relay a signal to", e);
    }
  }

  private void kill(Run run) {
    relay(run, SIGKILL);
  }
}
