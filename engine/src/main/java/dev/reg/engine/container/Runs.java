package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.lifecycle.Event;
import dev.reg.engine.limit.Group;
import dev.reg.error.RegException;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Instant;
import java.util.ArrayList;
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

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final Journal journal;
  private final Cleaner cleaner;
  private final Exits exits;
  private final Adoption adoption;

  private final Map<Integer, Held> slots = new ConcurrentHashMap<>();
  private final Set<Run> ending = ConcurrentHashMap.newKeySet();
  private final Remembered ended = new Remembered();

  // Events that came before it was known what an earlier engine left.
  private final List<Runnable> early = new ArrayList<>();
  private boolean recovered;
  private volatile boolean replayed;

  Runs(Host host, Launcher launcher, Containers containers, Journal journal, Cleaner cleaner) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.journal = journal;
    this.cleaner = cleaner;
    this.exits = new Exits(host.layout());
    this.adoption = new Adoption(host, launcher, this);
  }

  /** The run's events find it from here on. */
  void begin(Container container, Run run) throws RegException {
    container.begin(run);
    hold(life(container, run));
  }

  /** A run that another engine began, and that still has processes. */
  void adopt(Container container, Run run) {
    container.adopt(run);
    hold(life(container, run));
  }

  Life life(Container container, Run run) {
    return new Life(this, host.processes(), exits, container, run);
  }

  void hold(Held held) {
    slots.put(held.run().slot, held);
  }

  /** The run never came to be. */
  void abandon(Container container, Run run) {
    abandon(life(container, run));
  }

  void abandon(Held held) {
    Run run = held.run();
    slots.remove(run.slot);
    held.abandoned();
    Exit never = new Exit(OptionalInt.empty(), Instant.now());
    run.exited.complete(never);
    run.gone.complete(never);
    run.release();
    leaveGroup(run);
  }

  /** Runs whose program has ended but not all that belonged to it. */
  List<Run> ending() {
    return ending.isEmpty() ? List.of() : List.copyOf(ending);
  }

  /** The exit of a container that is no more. */
  Optional<Exit> endedExit(String containerId, String token) {
    return ended.find(containerId, token);
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
    held.started();
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
      abandon(held);
    }
  }

  @Override
  public void exited(int slot, int code) {
    if (isEarly(() -> exited(slot, code))) {
      return;
    }
    Held held = slots.get(slot);
    if (held != null) {
      exit(held, OptionalInt.of(code));
    }
  }

  private void exit(Held held, OptionalInt code) {
    held.exited(new Exit(code, Instant.now()));
  }

  /** Its program has ended, but not all that belongs to it. */
  void ending(Run run) {
    ending.add(run);
  }

  @Override
  public void gone(int slot, OptionalInt code) {
    if (isEarly(() -> gone(slot, code))) {
      return;
    }
    Held held = slots.remove(slot);
    forget(slot);
    if (held != null) {
      end(held, code);
    }
  }

  void forget(int slot) {
    try {
      launcher.forget(slot);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to forget slot " + slot, e);
    }
  }

  /** The last process of a run is gone; {@code code} is what the launcher knows. */
  private void end(Held held, OptionalInt code) {
    Run run = held.run();
    OptionalInt known = code.isPresent() || run.exited.isDone() ? code : held.code();
    Exit exit = run.exited.getNow(new Exit(known, Instant.now()));
    run.release();
    leaveGroup(run);
    try {
      held.gone(exit);
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
    run.exit(exit);
    run.gone.complete(exit);
    ending.remove(run);
  }

  /** Its processes are gone: what is to be known of its groups is asked now, then they go, too. */
  private void leaveGroup(Run run) {
    Group group = run.group;
    if (group == null) {
      return;
    }
    try {
      run.oomKilled = group.oomKilled();
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot tell whether memory was lacking in " + group, e);
    }
    cleaner.remove(group);
  }

  void settle(Container container, Run run, Exit exit) throws RegException {
    if (!container.spec().remove()) {
      changed(container);
      return;
    }
    if (!run.token.isEmpty()) {
      ended.put(container.id(), run.token, exit);
    }
    container.apply(Event.REMOVED);
    containers.remove(container);
    cleaner.clean(container.spec(), run.placed);
  }

  /** What the launcher says of a run that ended before this engine listened. */
  void resumeExited(int slot, OptionalInt code) {
    Held held = slots.get(slot);
    if (held != null) {
      exit(held, code.isPresent() ? code : held.code());
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
      end(held, code);
    }
  }

  /**
   * A run that ended while nobody watched.
   *
   * @param ghost the run; watched when its process is there, though it has ended
   * @param sameBoot whether what its init wrote can be of this run: exit files end with the kernel
   */
  void endUnwatched(Container container, Run ghost, boolean sameBoot) {
    OptionalInt code = sameBoot ? life(container, ghost).code() : OptionalInt.empty();
    ghost.release();
    leaveGroup(ghost);
    Exit exit = new Exit(code, Instant.now());
    container.ended(ghost, exit);
    try {
      settle(container, ghost, exit);
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
  }

  @Override
  public void lost() {
    adoption.lost();
  }

  @Override
  public void restored() {
    adoption.restored();
  }

  /** Every run that the launcher knows or knew, by slot. */
  Map<Integer, Held> held() {
    return Map.copyOf(slots);
  }

  /** Signals PID 1 of a run, through the launcher where that is its parent. */
  void signal(Run run, int signal) throws IOException {
    if (run.signal(signal)) {
      return;
    }
    run.sending(signal);
    try {
      launcher.signal(run.slot, signal);
    } catch (IOException e) {
      if (!run.signal(signal) && !(e instanceof SyscallException)) {
        throw e;
      }
      // Else the connection has just broken: the next launcher's adoption repeats it.
    }
  }

  /** Ends what has this id at its root, if it runs. */
  void killFirst(String id) throws IOException {
    Integer pid = host.processes().containers().get(id);
    if (pid != null) {
      kill(pid);
    }
  }

  /** Ends a container that nobody has been told of, by its first process. */
  void kill(int pid) throws IOException {
    adoption.kill(pid);
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
