package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Processes that join containers. Safe for use by several threads. */
public final class Execs {
  private static final int ID_DIGITS = 64;

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final Starter starter;
  private final Runs runs;
  private final Guests guests;

  Execs(
      Host host,
      Launcher launcher,
      Containers containers,
      Starter starter,
      Runs runs,
      Guests guests) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.starter = starter;
    this.runs = runs;
    this.guests = guests;
  }

  /**
   * Starts a process in a container, and returns when its program has been executed.
   *
   * @param user whose command it is
   * @throws RegException FAILED_PRECONDITION for a container that does not run, and when the
   *     launcher is too old; COMMAND_NOT_FOUND or CANNOT_INVOKE for the program
   */
  public Started start(Container container, ExecInput input, int user)
      throws RegException, IOException {
    Run life = check(container, user, "exec");
    Exec[] begun = new Exec[1];
    try {
      Run run =
          starter.join(
              container.spec(),
              life,
              guests.secret(ID_DIGITS, user),
              input,
              r -> begun[0] = begin(container, r));
      return Started.await(container, run, "exec");
    } catch (RegException | IOException | RuntimeException e) {
      guests.undo(begun[0]);
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
  public void checkJoinable(Container container, int user, String task)
      throws RegException, IOException {
    Run ignored = check(container, user, task);
  }

  private Run check(Container container, int user, String task) throws RegException, IOException {
    Run life =
        container
            .run()
            .filter(r -> r.started.isDone() && !r.exited.isDone())
            .orElseThrow(() -> notRunning(container, task));
    checkLauncher(launcher, task);
    guests.checkBound(user, task);
    return life;
  }

  private Exec begin(@Nullable Container container, Run run) {
    Exec exec = new Exec(guests, host.processes(), container, run);
    guests.begin(exec);
    return exec;
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

  /** FAILED_PRECONDITION for one that cannot execute what joins a container, or is a descriptor. */
  static void checkLauncher(Launcher launcher, String task) throws RegException, IOException {
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
    return guests.attach(started, caller);
  }

  /** How many processes that joined this container run: none whose end its client was told of. */
  public int count(Container container) {
    return guests.countJoined(container);
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
        guests.remember(item.containerId(), exit);
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
}
