package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Copiers in containers that do not run: a start of the container's mounts that is none of the
 * container. Nothing of it is recorded; while it lasts the container neither starts nor is removed.
 * Safe for use by several threads.
 *
 * <p>To the launcher, and to a later engine, a copy's id names its container: the first half of the
 * digits is that one's, the rest a secret.
 */
public final class Copies {
  private static final Logger LOG = System.getLogger(Copies.class.getName());
  private static final int HALF = 32;

  /** Begins messages, before the container. */
  static final String TRIED = "cp: cannot reach the files of";

  /** How often one who waits for another copy is looked after, in milliseconds. */
  private static final int LOOK = 200;

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final Environments environments;
  private final Starter starter;
  private final Runs runs;
  private final Guests guests;
  private final Executor later;

  /**
   * None yet.
   *
   * @param later runs when clients of an earlier engine have had time enough to come back
   */
  Copies(
      Host host,
      Launcher launcher,
      Containers containers,
      Environments environments,
      Starter starter,
      Runs runs,
      Guests guests,
      Executor later) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.environments = environments;
    this.starter = starter;
    this.runs = runs;
    this.guests = guests;
    this.later = later;
  }

  /** Refuses what {@link #start} would refuse by now, but for other copies: it waits for those. */
  public void check(Container container, int user) throws RegException, IOException {
    if (container.copy().isEmpty()) {
      container.checkIdle(TRIED);
    }
    Execs.checkLauncher(launcher, "cp");
    guests.checkBound(user, "cp");
  }

  /**
   * Starts a copier, when those before it have ended, and returns when it has been executed.
   *
   * @throws RegException FAILED_PRECONDITION when the container is being started
   * @throws CallerGone when the client leaves while it waits for others
   */
  public Started start(Container container, CopyInput input, Caller caller)
      throws RegException, IOException {
    Copy[] begun = new Copy[1];
    try {
      int user = caller.peer().uid();
      Run run = order(container, input, user, begun);
      while (run == null) {
        awaitOther(container, caller);
        run = order(container, input, user, begun);
      }
      return Started.await(container, run, "cp");
    } catch (RegException | IOException | RuntimeException e) {
      guests.undo(begun[0]);
      throw e;
    }
  }

  /** Null when another copy is in it: an upper is mounted once at a time. */
  private @Nullable Run order(Container container, CopyInput input, int user, Copy[] begun)
      throws RegException, IOException {
    Environment environment = environments.of(container, TRIED);
    synchronized (container.mounting()) {
      if (container.copy().isPresent()) {
        return null;
      }
      check(container, user);
      return starter.copy(
          container.spec(),
          container.id().substring(0, HALF) + guests.secret(HALF, user),
          environment,
          input,
          r -> begun[0] = begin(container, r));
    }
  }

  private Copy begin(Container container, Run run) throws RegException {
    container.claim(run);
    Copy copy = new Copy(guests, runs, host.processes(), container, run);
    guests.begin(copy);
    return copy;
  }

  private static void awaitOther(Container container, Caller caller) throws IOException {
    Optional<Run> other = container.copy();
    while (other.isPresent() && !other.get().gone.isDone()) {
      if (caller.gone()) {
        throw new CallerGone("the client left while it waited for another copy");
      }
      try {
        Exit ignored = other.get().gone.get(LOOK, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // Look once more.
      } catch (ExecutionException e) {
        throw new IllegalStateException("the end of a run never fails", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("cp: the engine is stopping", e);
      }
    }
  }

  /**
   * Hands the caller over to a copier of {@link #start}.
   *
   * @return the exit code when it has ended already, else {@link Caller#ATTACHED}
   */
  public int attach(Started started, Caller caller) throws IOException {
    return guests.attach(started, caller);
  }

  /**
   * What the launcher runs or ran for an earlier engine.
   *
   * @return whether it is a copy: of a container of this engine
   */
  boolean recover(Launcher.Item item) throws IOException {
    Optional<Container> container = containerOf(item.containerId());
    if (container.isEmpty()) {
      return false;
    }
    switch (item.state()) {
      case STARTING -> {
        adopt(container.get(), item.slot(), item.containerId(), item.pid());
        runs.killStranger(item.slot()); // its client was told that it failed
      }
      case RUNNING, EXITED -> adopt(container.get(), item);
      case GONE -> {
        guests.remember(item.containerId(), new Exit(item.exitCode(), Instant.now()));
        launcher.forget(item.slot());
      }
      case FAILED -> launcher.forget(item.slot());
    }
    return true;
  }

  /**
   * One whose launcher has died, too.
   *
   * @return whether it is a copy: of a container of this engine
   */
  boolean recover(String id, int pid) throws IOException {
    Optional<Container> container = containerOf(id);
    Optional<Fd> process = container.isEmpty() ? Optional.empty() : host.processes().open(pid);
    if (process.isEmpty()) {
      return container.isPresent();
    }
    int slot = starter.nextSlot();
    Run run = adopt(container.get(), slot, id, pid);
    run.watch(process.get());
    run.started.complete(pid);
    launcher.adopt(slot, id, pid, process.get(), false);
    awaitClient(run);
    return true;
  }

  private void adopt(Container container, Launcher.Item item) {
    Run run = adopt(container, item.slot(), item.containerId(), item.pid());
    run.started.complete(item.pid());
    awaitClient(run);
  }

  private Run adopt(Container container, int slot, String id, int pid) {
    Run run = new Run(slot, id, null);
    run.pid = pid;
    run.group = host.groups().find(null, host.processes().groups(pid)).orElse(null);
    try {
      Copy ignored = begin(container, run);
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
      runs.killStranger(slot);
    }
    return run;
  }

  /** Its input may be somebody's who never ends it. */
  private void awaitClient(Run run) {
    later.execute(
        () -> {
          if (!run.isAttached() && !run.gone.isDone()) {
            LOG.log(Logger.Level.INFO, "ending a copy whose client does not come back");
            guests.kill(run);
          }
        });
  }

  private Optional<Container> containerOf(String id) {
    return containers
        .byBeginning(id.substring(0, Math.min(HALF, id.length())))
        .filter(container -> !container.id().equals(id));
  }
}
