package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.lifecycle.Event;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runs in progress, by the launcher's slots, and what the launcher's events do to them. Nothing
 * here blocks but a look at a small file or at /proc, and that only in cases that are rare.
 */
final class Runs implements Launcher.Listener {
  private static final Logger LOG = System.getLogger(Runs.class.getName());
  private static final int SIGKILL = 9;

  /** How many ended foreground runs are remembered for clients that come back. */
  private static final int REMEMBERED = 1024;

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final Journal journal;
  private final Cleaner cleaner;
  private final Exits exits;

  private final Map<Integer, Held> slots = new ConcurrentHashMap<>();
  private final Set<Run> ending = ConcurrentHashMap.newKeySet();
  private final Map<String, Ended> ended =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ended> eldest) {
          return size() > REMEMBERED;
        }
      };

  // Events that came before it was known what an earlier engine left.
  private final List<Runnable> early = new ArrayList<>();
  private boolean recovered;
  private volatile boolean replayed;

  private record Held(Container container, Run run) {}

  private record Ended(String token, Exit exit) {}

  Runs(Host host, Launcher launcher, Containers containers, Journal journal, Cleaner cleaner) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.journal = journal;
    this.cleaner = cleaner;
    this.exits = new Exits(host.layout());
  }

  /** The run's events find it from here on. */
  void begin(Container container, Run run) throws RegException {
    container.begin(run);
    slots.put(run.slot, new Held(container, run));
  }

  /** A run that another engine began, and that still has processes. */
  void adopt(Container container, Run run) {
    container.adopt(run);
    slots.put(run.slot, new Held(container, run));
  }

  /** The run never came to be. */
  void abandon(Container container, Run run) {
    slots.remove(run.slot);
    container.abandon(run);
    Exit never = new Exit(OptionalInt.empty(), Instant.now());
    run.exited.complete(never);
    run.gone.complete(never);
    run.release();
  }

  /** Runs whose program has ended but not all that belonged to it. */
  List<Run> ending() {
    return ending.isEmpty() ? List.of() : List.copyOf(ending);
  }

  /** The exit of a container that is no more. */
  Optional<Exit> endedExit(String containerId, String token) {
    synchronized (ended) {
      Ended known = ended.get(containerId);
      return known != null && !token.isEmpty() && Tokens.equal(known.token(), token)
          ? Optional.of(known.exit())
          : Optional.empty();
    }
  }

  void remember(String containerId, String token, Exit exit) {
    synchronized (ended) {
      ended.put(containerId, new Ended(token, exit));
    }
  }

  /**
   * Ends the time in which events wait: every container that an earlier engine left is known now.
   */
  void replay() {
    synchronized (early) {
      // In the order in which they came, and before any that comes from now on.
      recovered = true;
      early.forEach(Runnable::run);
      early.clear();
    }
    replayed = true;
  }

  private boolean isEarly(Runnable event) {
    if (replayed) {
      return false;
    }
    synchronized (early) {
      if (recovered) {
        return false;
      }
      early.add(event);
      return true;
    }
  }

  @Override
  public void started(int slot, int pid) {
    if (isEarly(() -> started(slot, pid))) {
      return;
    }
    Held held = slots.get(slot);
    if (held == null) {
      killStranger(slot);
      return;
    }
    held.run().pid = pid;
    try {
      held.container().started(held.run(), Instant.now());
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
    held.run().started.complete(pid);
    changed(held.container());
  }

  /** The container's record is to be written again. */
  void changed(Container container) {
    journal.changed(new Identified(container));
  }

  /** Finds out, on the journal's thread, when the process started: a pid alone names nothing. */
  private final class Identified implements Journal.Recorded {
    private final Container container;

    Identified(Container container) {
      this.container = container;
    }

    @Override
    public Spec spec() {
      return container.spec();
    }

    @Override
    public Optional<ContainerRecord> record() {
      container.run().ifPresent(Runs.this::identify);
      return container.record();
    }
  }

  private void identify(Run run) {
    if (run.startTime == 0 && run.pid != 0) {
      OptionalLong time = host.processes().startTime(run.pid);
      // Only then it was surely this process that was looked at.
      if (time.isPresent() && !run.gone.isDone()) {
        run.startTime = time.getAsLong();
      }
    }
  }

  @Override
  public void failed(int slot, int operation, int errno) {
    if (isEarly(() -> failed(slot, operation, errno))) {
      return;
    }
    Held held = slots.remove(slot);
    forget(slot);
    if (held != null) {
      held.run().started.completeExceptionally(new Run.SetupFailed(operation, errno));
      abandon(held.container(), held.run());
    }
  }

  @Override
  public void exited(int slot, int code) {
    if (isEarly(() -> exited(slot, code))) {
      return;
    }
    Held held = slots.get(slot);
    if (held != null) {
      ending.add(held.run());
      held.run().exit(new Exit(OptionalInt.of(code), Instant.now()));
    }
  }

  @Override
  public void gone(int slot, OptionalInt code) {
    if (isEarly(() -> gone(slot, code))) {
      return;
    }
    Held held = slots.remove(slot);
    forget(slot);
    if (held != null) {
      end(held.container(), held.run(), code);
    }
  }

  private void forget(int slot) {
    try {
      launcher.forget(slot);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to forget slot " + slot, e);
    }
  }

  /** The last process of a run is gone; {@code code} is what the launcher knows. */
  private void end(Container container, Run run, OptionalInt code) {
    OptionalInt known = code.isPresent() || run.exited.isDone() ? code : otherwise(container, run);
    run.exit(new Exit(known, Instant.now()));
    Exit exit = run.exited.join();
    run.release();
    try {
      if (container.gone(run, exit)) {
        settle(container, run, exit);
      }
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
    run.gone.complete(exit);
    ending.remove(run);
  }

  /** From its init, or else from the kernel. */
  private OptionalInt otherwise(Container container, Run run) {
    try {
      OptionalInt written = exits.read(container.id());
      return written.isPresent() ? written : run.ask(host.processes()::exitCode);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot read the exit file of " + container, e);
      return OptionalInt.empty();
    }
  }

  private void settle(Container container, Run run, Exit exit) throws RegException {
    if (!container.spec().remove()) {
      changed(container);
      return;
    }
    if (!run.token.isEmpty()) {
      remember(container.id(), run.token, exit);
    }
    container.apply(Event.REMOVED);
    containers.remove(container);
    cleaner.clean(container.spec(), run.placed);
  }

  /** What the launcher says of a run that ended before this engine listened. */
  void resumeExited(int slot, OptionalInt code) {
    Held held = slots.get(slot);
    if (held != null) {
      ending.add(held.run());
      OptionalInt known = code.isPresent() ? code : otherwise(held.container(), held.run());
      held.run().exit(new Exit(known, Instant.now()));
    }
  }

  /** A start that failed before this engine listened: the container is as it was. */
  void neverBegan(Container container, int slot) {
    forget(slot);
    if (!container.spec().remove()) {
      changed(container);
      return;
    }
    try {
      container.apply(Event.REMOVED);
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
      return;
    }
    containers.remove(container);
    cleaner.clean(container.spec(), CompletableFuture.completedFuture(null));
  }

  /** As {@link #resumeExited}, with all processes reaped. */
  void resumeGone(int slot, OptionalInt code) {
    Held held = slots.remove(slot);
    forget(slot);
    if (held != null) {
      end(held.container(), held.run(), code);
    }
  }

  /**
   * A run that ended while nobody watched.
   *
   * @param sameBoot whether what its init wrote can be of this run: exit files end with the kernel
   */
  void endUnwatched(Container container, String token, boolean sameBoot) {
    Run ghost = new Run(0, token, null);
    ghost.placed.complete(null);
    OptionalInt code = sameBoot ? otherwise(container, ghost) : OptionalInt.empty();
    Exit exit = new Exit(code, Instant.now());
    container.ended(exit);
    try {
      settle(container, ghost, exit);
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
  }

  @Override
  public void lost() {
    for (Held held : slots.values()) {
      held.run().started.completeExceptionally(new IOException("the launcher ended"));
    }
  }

  @Override
  public void restored() {
    Thread.ofPlatform().name("reg-adoption").daemon().start(this::adoptAll);
  }

  /** Tells a new launcher what the old one watched. */
  private void adoptAll() {
    for (Held held : new ArrayList<>(slots.values())) {
      Run run = held.run();
      if (run.started.isCompletedExceptionally() && run.pid == 0) {
        continue; // whoever ordered it undoes it
      }
      Optional<Fd> process = find(run);
      if (process.isEmpty()) {
        gone(run.slot, OptionalInt.empty());
        continue;
      }
      run.watch(process.get());
      try {
        launcher.adopt(run.slot, held.container().id(), run.pid, process.get());
      } catch (IOException e) {
        LOG.log(Logger.Level.WARNING, "the launcher went while it adopted containers", e);
        return;
      }
    }
  }

  /** A run's process, if it is still the one that was started and has not ended. */
  Optional<Fd> find(Run run) {
    Optional<Fd> process = host.processes().open(run.pid);
    if (process.isEmpty()) {
      return process;
    }
    OptionalLong time = host.processes().startTime(run.pid);
    boolean same = time.isPresent() && (run.startTime == 0 || time.getAsLong() == run.startTime);
    if (!same || host.processes().hasEnded(process.get())) {
      process.get().close();
      return Optional.empty();
    }
    run.startTime = time.getAsLong();
    return process;
  }

  /** Ends what the launcher runs and nobody knows. */
  void killStranger(int slot) {
    LOG.log(Logger.Level.WARNING, "ending slot " + slot + ", which belongs to no container");
    try {
      launcher.signal(slot, SIGKILL);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot end slot " + slot, e);
    }
  }
}
