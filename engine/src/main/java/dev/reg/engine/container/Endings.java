package dev.reg.engine.container;

import dev.reg.engine.lifecycle.Event;
import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The verbs that end containers: kill, stop, remove; and the waiting for an end. */
public final class Endings {
  private static final Logger LOG = System.getLogger(Endings.class.getName());

  private static final int SIGKILL = 9;

  /** How long a look at containers waits for those that are just ending. */
  private static final Duration SETTLE = Duration.ofMillis(500);

  /** A killed container's processes are gone by then, or stuck in the kernel. */
  private static final Duration KILLED = Duration.ofSeconds(10);

  private static final Duration KILL_AGAIN = Duration.ofSeconds(1);

  private final Containers containers;
  private final Runs runs;
  private final Cleaner cleaner;

  Endings(Containers containers, Runs runs, Cleaner cleaner) {
    this.containers = containers;
    this.runs = runs;
    this.cleaner = cleaner;
  }

  /** Sends a signal; FAILED_PRECONDITION unless it is running. */
  public void signal(Container container, int signal) throws RegException, IOException {
    Run run =
        container
            .run()
            .filter(r -> r.started.isDone() && !r.exited.isDone())
            .orElseThrow(
                () ->
                    new RegException(
                        ErrorKind.FAILED_PRECONDITION,
                        "cannot kill container "
                            + container.name()
                            + ": it is "
                            + container.state()
                            + ", not running"));
    runs.signal(run, signal);
  }

  /**
   * Ends containers, all at once: their stop signal, then after {@code patience} SIGKILL. One that
   * does not run is stopped already.
   */
  public void stop(List<Container> all, Duration patience) throws RegException, IOException {
    List<Run> live = new ArrayList<>();
    for (Container container : all) {
      Optional<Run> run = container.run();
      if (run.isPresent()) {
        live.add(run.get());
        runs.signal(run.get(), container.spec().stopSignal());
      }
    }
    if (!awaitGone(live, patience)) {
      killAll(live);
    }
  }

  private void killAll(List<Run> live) throws RegException, IOException {
    long deadline = System.nanoTime() + KILLED.toNanos();
    boolean gone;
    do {
      // Again, should a launcher have died with the signal.
      for (Run run : live) {
        if (!run.gone.isDone()) {
          runs.signal(run, SIGKILL);
        }
      }
      gone = awaitGone(live, KILL_AGAIN);
    } while (!gone && System.nanoTime() < deadline);
    if (!gone) {
      throw new RegException(
          ErrorKind.UNAVAILABLE,
          "containers were killed, but after "
              + KILLED.toSeconds()
              + " s the kernel has not ended all of their processes");
    }
  }

  /** False when the time is over first. */
  private static boolean awaitGone(List<Run> live, Duration patience) {
    CompletableFuture<Void> all =
        CompletableFuture.allOf(live.stream().map(r -> r.gone).toArray(CompletableFuture[]::new));
    try {
      all.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a run never fails", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** FAILED_PRECONDITION for a container that has processes. */
  public void checkRemovable(Container container) throws RegException {
    if (container.isBusy()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot remove container "
              + container.name()
              + (container.run().isEmpty()
                  ? ": files are being copied into or out of it; wait for that, or use remove -f"
                  : ": it is " + container.state() + "; stop it first, or use remove -f"));
    }
  }

  /**
   * Removes containers; those with processes are killed. Their directories have left their place
   * when this returns and are deleted soon after.
   */
  public void remove(List<Container> all) throws RegException, IOException {
    killAll(all.stream().flatMap(c -> c.runs().stream()).toList());
    for (Container container : all) {
      if (claimRemoval(container)) {
        containers.remove(container);
        cleaner.removeNow(container.spec());
      }
    }
    cleaner.awaitQuiet(SETTLE);
  }

  /** False when it is removed already: by --rm, when it was killed. */
  private boolean claimRemoval(Container container) throws RegException, IOException {
    while (true) {
      synchronized (container) {
        if (container.state() == State.REMOVED) {
          return false;
        }
        if (!container.isBusy()) {
          container.apply(Event.REMOVED);
          return true;
        }
      }
      killAll(container.runs()); // what has begun since
    }
  }

  /**
   * Removes a container that does not run, unless somebody is just starting it.
   *
   * @return whether it was removed, by this
   */
  public boolean removeIdle(Container container) throws RegException, IOException {
    synchronized (container) {
      if (!container.isIdle()) {
        return false;
      }
      container.apply(Event.REMOVED);
    }
    containers.remove(container);
    cleaner.removeNow(container.spec());
    return true;
  }

  /** Waits, for a moment, until what was removed is deleted. */
  public void awaitDeleted() {
    cleaner.awaitQuiet(SETTLE);
  }

  /** The end of the current or last run; empty for a container that never ran. */
  public Optional<CompletableFuture<Exit>> end(Container container) {
    Optional<Run> run = container.run();
    if (run.isPresent()) {
      return Optional.of(run.get().exited);
    }
    Status status = container.status();
    Instant finished = status.finished();
    if (finished == null) {
      return Optional.empty();
    }
    Integer code = status.exitCode();
    return Optional.of(
        CompletableFuture.completedFuture(
            new Exit(code == null ? OptionalInt.empty() : OptionalInt.of(code), finished)));
  }

  /** When the current run's last process is gone; empty when nothing runs. */
  public Optional<CompletableFuture<Exit>> gone(Container container) {
    return container.run().map(run -> run.gone);
  }

  /** When the last process of the current or last run is gone. */
  public CompletableFuture<Exit> allGone(Container container) {
    return gone(container)
        .or(() -> end(container))
        .orElseThrow(() -> new IllegalStateException("a container that never ran"));
  }

  /** Waits, for at most half a second, for containers whose program has ended to be gone. */
  void settle() {
    List<Run> ending = runs.ending();
    if (!ending.isEmpty() && !awaitGone(ending, SETTLE)) {
      LOG.log(Logger.Level.DEBUG, ending.size() + " containers take long to end");
    }
  }
}
