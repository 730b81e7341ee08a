package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What happens when the launcher is gone, or only the connection to it: containers live on without
 * a parent, and the next launcher is told of them. Those that it knows already, it has kept.
 */
final class Adoption {
  private static final Logger LOG = System.getLogger(Adoption.class.getName());
  private static final int SIGKILL = 9;

  /** Milliseconds for the kernel to end a container that was killed. */
  private static final int KILLED = 10_000;

  private final Host host;
  private final Launcher launcher;
  private final Runs runs;

  Adoption(Host host, Launcher launcher, Runs runs) {
    this.host = host;
    this.launcher = launcher;
    this.runs = runs;
  }

  /** At once, for the kernel tells an exit code only to those who watched in time. */
  void lost() {
    for (Held held : runs.held().values()) {
      Run run = held.run();
      if (run.pid == 0) {
        run.started.completeExceptionally(new IOException("the launcher ended"));
      } else {
        run.orphan();
        held.process().ifPresent(run::watch);
      }
    }
  }

  void restored() {
    Thread.ofPlatform().name("reg-adoption").daemon().start(this::adoptAll);
  }

  // One at a time: while it works another launcher may be lost, and found.
  private synchronized void adoptAll() {
    try {
      host.groups().locate(host.processes().groups(launcher.identity().pid()));
      Map<Integer, Launcher.Item> known = new HashMap<>();
      for (Launcher.Item item : launcher.list()) {
        known.put(item.slot(), item);
      }
      for (Held held : runs.held().values()) {
        Launcher.Item item = known.get(held.run().slot);
        if (item != null) {
          catchUp(held, item);
        } else if (held.run().pid == 0) {
          end(held);
        } else if (held.run().orphaned) {
          adopt(held);
        }
      }
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "the launcher went while it adopted containers", e);
    }
  }

  /** The launcher lived on: only what it said meanwhile was lost. */
  private void catchUp(Held held, Launcher.Item item) {
    Run run = held.run();
    run.orphaned = false;
    run.release();
    switch (item.state()) {
      case STARTING -> {}
      case RUNNING -> bear(run, item);
      case EXITED -> {
        bear(run, item);
        runs.resumeExited(run.slot, item.exitCode());
      }
      case GONE -> {
        bear(run, item);
        runs.resumeGone(run.slot, item.exitCode());
      }
      case FAILED -> runs.failed(run.slot, -1, 0);
    }
    if (run.started.isCompletedExceptionally() && item.state() == Launcher.State.RUNNING) {
      runs.killStranger(run.slot); // whoever ordered it was told that it failed
    }
  }

  private void bear(Run run, Launcher.Item item) {
    if (run.pid == 0) {
      runs.started(run.slot, item.pid());
    }
  }

  /**
   * A start that the old launcher did not finish, or did not tell of: whoever ordered it undoes it,
   * once nothing runs any more.
   */
  private void end(Held held) throws IOException {
    if (!held.run().started.isCompletedExceptionally()) {
      return; // ordered of this launcher
    }
    held.killUnknown();
    runs.abandon(held);
  }

  /** Ends a container that nobody has been told of. */
  void kill(int pid) throws IOException {
    Optional<Fd> process = host.processes().open(pid);
    if (process.isPresent()) {
      try (Fd fd = process.get()) {
        Processes.signal(fd, SIGKILL);
        Processes.awaitEnd(fd, KILLED);
      }
    }
  }

  private void adopt(Held held) throws IOException {
    Run run = held.run();
    Fd process = run.watched();
    if (process == null) {
      runs.gone(run.slot, OptionalInt.empty()); // its end was not seen
    } else {
      launcher.adopt(run.slot, held.id(), run.pid, process, held.joined());
      run.repeatSignals();
    }
  }
}
