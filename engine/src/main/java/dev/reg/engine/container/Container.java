package dev.reg.engine.container;

import dev.reg.engine.lifecycle.Event;
import dev.reg.engine.lifecycle.Lifecycle;
import dev.reg.engine.lifecycle.State;
import dev.reg.engine.limit.Group;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A container, live: its spec, and the one place that its state changes in. */
public final class Container implements Journal.Recorded {
  private volatile Spec spec;
  private final String bootId;

  // All guarded by this. A run is there from the order to start until its last process is reaped;
  // the state follows the facts: it is Running between STARTED and GONE.
  private State state;
  private @Nullable Run run;
  private @Nullable Run copy;
  private @Nullable Integer exitCode;
  private boolean oomKilled;
  private @Nullable Instant started;
  private @Nullable Instant finished;
  private @Nullable String token;
  private boolean handedOver;

  private final Object mounting = new Object();

  Container(Spec spec, String bootId) {
    this.spec = spec;
    this.bootId = bootId;
    this.state = State.GENERATING;
  }

  /** As it was recorded, with no run. */
  Container(ContainerRecord recorded, String bootId) {
    this.spec = recorded.spec();
    this.bootId = bootId;
    Status status = recorded.status();
    this.state = status.state();
    this.exitCode = status.exitCode();
    this.oomKilled = status.oomKilled();
    this.started = status.started();
    this.finished = status.finished();
    this.token = status.token();
    this.handedOver = true;
  }

  @Override
  public Spec spec() {
    return spec;
  }

  public String id() {
    return spec.id();
  }

  public String name() {
    return spec.name();
  }

  /** Its first process in the host's view; 0 when none is known to run. */
  public synchronized int firstProcess() {
    Run current = run;
    return current == null || current.exited.isDone() ? 0 : current.pid;
  }

  /** From here on its records have this name; FAILED_PRECONDITION when it is removed already. */
  synchronized void rename(String name) throws RegException {
    if (state == State.REMOVED) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION, "container " + spec.name() + " has just been removed");
    }
    spec = spec.named(name);
  }

  /** From here on it holds this environment; FAILED_PRECONDITION unless it can be started. */
  synchronized void move(Digest environment) throws RegException {
    checkIdle("cannot start");
    spec = spec.on(environment);
  }

  public synchronized State state() {
    return state;
  }

  /** Who made it is done with that, and it waits to be started. */
  synchronized void handOver() {
    handedOver = true;
  }

  /** Whether nothing runs in it and nobody is about to change that who has begun already. */
  public synchronized boolean isIdle() {
    return !isBusy() && (state == State.STOPPED || (state == State.GENERATED && handedOver));
  }

  /** What changes about it, as of now. */
  public synchronized Status status() {
    Run current = run;
    Status.RunRecord recorded = current == null ? null : recorded(current);
    return new Status(state, exitCode, oomKilled, started, finished, token, recorded);
  }

  private Status.RunRecord recorded(Run current) {
    Group group = current.group;
    return new Status.RunRecord(
        current.pid, current.startTime, bootId, group == null ? null : group.name());
  }

  @Override
  public synchronized Optional<ContainerRecord> record() {
    return state == State.REMOVED
        ? Optional.empty()
        : Optional.of(new ContainerRecord(spec, status()));
  }

  synchronized Optional<Run> run() {
    return Optional.ofNullable(run);
  }

  /** Its copy, from the order to start it until its last process is reaped. */
  synchronized Optional<Run> copy() {
    return Optional.ofNullable(copy);
  }

  /** Whether it has processes, or is about to: its own, or a copier. */
  synchronized boolean isBusy() {
    return run != null || copy != null;
  }

  /** The run, and the copy. */
  synchronized List<Run> runs() {
    return Stream.of(Optional.ofNullable(run), Optional.ofNullable(copy))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The lock of whoever mounts the upper: it is mounted once at a time. */
  Object mounting() {
    return mounting;
  }

  /** Lets an event happen; FAILED_PRECONDITION, and nothing changed, when it cannot. */
  synchronized void apply(Event event) throws RegException {
    state =
        Lifecycle.next(state, event)
            .orElseThrow(
                () ->
                    new RegException(
                        ErrorKind.FAILED_PRECONDITION,
                        "container " + spec.name() + " is " + state + ": " + event + " cannot be"));
  }

  /**
   * Claims the container for a run: from here on no other can begin.
   *
   * @throws RegException FAILED_PRECONDITION when it has one, or is in no state to start
   */
  synchronized void begin(Run next) throws RegException {
    checkIdle("cannot start");
    run = next;
    token = next.token;
  }

  /**
   * FAILED_PRECONDITION unless a run, or a copy, can begin.
   *
   * @param tried what could not be done to the container
   */
  synchronized void checkIdle(String tried) throws RegException {
    if (!isBusy() && Lifecycle.next(state, Event.STARTED).isPresent()) {
      return;
    }
    throw new RegException(
        ErrorKind.FAILED_PRECONDITION,
        tried
            + " container "
            + spec.name()
            + (copy != null
                ? ": files are being copied into or out of it; try again when that has ended"
                : ": it is " + (run == null || state.isLive() ? state : "being started")));
  }

  /**
   * Claims the container for a copy: from here on nothing else can begin.
   *
   * @throws RegException FAILED_PRECONDITION when it has processes, or is in no state to start
   */
  synchronized void claim(Run next) throws RegException {
    checkIdle(Copies.TRIED);
    copy = next;
  }

  /** The copy is gone, or never came to be. */
  synchronized void release(Run ended) {
    if (copy == ended) {
      copy = null;
    }
  }

  /** The run that was begun never came to be: the container is as it was. */
  synchronized void abandon(Run failed) {
    if (run == failed) {
      run = null;
    }
  }

  /** The program has been executed. */
  synchronized void started(Run current, Instant at) throws RegException {
    apply(Event.STARTED);
    current.startedAt = at;
    started = at;
    finished = null;
    exitCode = null;
    oomKilled = false;
  }

  /** The run's last process is reaped; false when it was not this container's current run. */
  synchronized boolean gone(Run ended, Exit exit) throws RegException {
    if (run != ended) {
      return false;
    }
    run = null;
    apply(Event.GONE);
    exitCode = exit.code().isPresent() ? Integer.valueOf(exit.code().getAsInt()) : null;
    oomKilled = ended.oomKilled;
    finished = exit.at();
    return true;
  }

  /** A run of an earlier engine that still has processes. */
  synchronized void adopt(Run found) {
    run = found;
    token = found.token;
    if (!state.isLive()) {
      state = State.RUNNING;
    }
    if (started == null) {
      started = Instant.now();
    }
    found.startedAt = started;
    finished = null;
    exitCode = null;
    oomKilled = false;
  }

  /** A run of an earlier engine that has ended: what is known of it. */
  synchronized void ended(Run ghost, Exit exit) {
    state = State.STOPPED;
    oomKilled = ghost.oomKilled;
    exitCode = exit.code().isPresent() ? Integer.valueOf(exit.code().getAsInt()) : null;
    finished = exit.at();
  }

  /** The exit code that the last run had, for the client that holds this token. */
  synchronized Optional<Exit> lastExit(String heldToken) {
    if (state != State.STOPPED || token == null || !Tokens.equal(token, heldToken)) {
      return Optional.empty();
    }
    return Optional.of(
        new Exit(
            exitCode == null ? java.util.OptionalInt.empty() : java.util.OptionalInt.of(exitCode),
            finished == null ? Instant.EPOCH : finished));
  }

  @Override
  public String toString() {
    return spec.shortId() + " (" + spec.name() + ")";
  }
}
