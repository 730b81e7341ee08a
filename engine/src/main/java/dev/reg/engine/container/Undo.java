package dev.reg.engine.container;

import dev.reg.engine.lifecycle.Event;
import dev.reg.engine.lifecycle.State;
import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Takes back containers that were begun: nothing is left of what failed. */
final class Undo {
  private static final Logger LOG = System.getLogger(Undo.class.getName());
  private static final int SIGKILL = 9;

  private final Containers containers;
  private final Runs runs;
  private final Cleaner cleaner;

  Undo(Containers containers, Runs runs, Cleaner cleaner) {
    this.containers = containers;
    this.runs = runs;
    this.cleaner = cleaner;
  }

  /** Undoes a run: kills what there is and removes the container as soon as it is gone. */
  void abort(Container container) {
    Optional<Run> run = container.run();
    if (run.isPresent() && run.get().started.isDone() && !run.get().gone.isDone()) {
      kill(run.get());
      var _ = run.get().gone.thenRun(() -> undo(container, run.get().placed));
    } else {
      run.ifPresent(
          r -> {
            kill(r);
            runs.abandon(container, r);
          });
      undo(container, CompletableFuture.completedFuture(null));
    }
  }

  /** Removes a container that has no processes any more, or never had any. */
  void undo(Container container, CompletableFuture<Void> placed) {
    try {
      synchronized (container) {
        if (container.state() == State.REMOVED) {
          return;
        }
        container.apply(Event.REMOVED);
      }
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
      return;
    }
    containers.remove(container);
    cleaner.clean(container.spec(), placed);
  }

  void kill(Run run) {
    try {
      runs.signal(run, SIGKILL);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to kill slot " + run.slot, e);
    }
  }
}
