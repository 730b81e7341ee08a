package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.lifecycle.Event;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.limit.RepositoryGroup;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.SyscallException;
import dev.reg.store.Digest;
import dev.reg.store.Environment;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The verbs: generate, run, start, resume, and in {@link Endings} those that end. Safe for use by
 * several threads; two verbs on one container are ordered by that container's own lock, and nothing
 * waits for another container.
 */
public final class ContainerService implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ContainerService.class.getName());

  private static final int SPACES = 32;

  /** Seconds within which the client of an earlier engine comes back, if ever. */
  private static final int BACK = 60;

  private final Host host;
  private final Launcher launcher;
  private final Environments environments;
  private final Containers containers;
  private final RecordStore records;
  private final Journal journal;
  private final SpacePool spaces;
  private final Starter starter;
  private final Runs runs;
  private final Cleaner cleaner;
  private final Undo undo;
  private final Endings endings;
  private final Guests guests;
  private final Execs execs;
  private final Copies copies;

  /** Over what is on disk, see {@link #recover}; {@code perUser}: for each who is not root. */
  public static ContainerService create(
      Layout layout, Path install, Launcher launcher, EnvironmentStore environments, int perUser)
      throws IOException {
    return new ContainerService(
        Host.local(layout, install),
        launcher,
        environments,
        SPACES,
        perUser,
        CompletableFuture.delayedExecutor(BACK, TimeUnit.SECONDS));
  }

  /** {@code clientsAreBack} runs what waits for clients of an earlier engine, when it is time. */
  ContainerService(
      Host host,
      Launcher launcher,
      EnvironmentStore environments,
      int spareSpaces,
      int perUser,
      Executor clientsAreBack) {
    this.containers = new Containers(perUser);
    this.host = host;
    this.launcher = launcher;
    this.environments = new Environments(environments);
    this.records = new RecordStore(host.layout());
    this.journal = new Journal(records);
    Trash trash = new Trash(host.layout().trash());
    this.spaces = new SpacePool(host.layout(), host.base(), host.mounter(), trash, spareSpaces);
    this.starter = new Starter(host, launcher, spaces);
    this.cleaner = new Cleaner(host.layout(), journal, records, trash, host.groups(), environments);
    this.runs = new Runs(host, launcher, containers, journal, cleaner);
    this.undo = new Undo(containers, runs, cleaner);
    this.endings = new Endings(containers, runs, cleaner);
    this.guests = new Guests(runs, perUser);
    this.execs = new Execs(host, launcher, containers, starter, runs, guests);
    this.copies =
        new Copies(
            host, launcher, containers, this.environments, starter, runs, guests, clientsAreBack);
  }

  /** Gets the launcher's events. */
  public Launcher.Listener listener() {
    return runs;
  }

  public Containers containers() {
    endings.settle();
    return containers;
  }

  /** The verbs that end containers. */
  public Endings endings() {
    return endings;
  }

  /** Processes that join containers. */
  public Execs execs() {
    return execs;
  }

  /** Copiers in containers that do not run. */
  public Copies copies() {
    return copies;
  }

  /** Finds again what an earlier engine left. Events may already arrive. */
  public void recover() throws IOException, RegException {
    journal.open();
    cleaner.open();
    new Recovery(host, launcher, containers, records, starter, runs, spaces, execs, copies)
        .recover();
    spaces.open();
  }

  /** FAILED_PRECONDITION for limits that cannot be enforced here. */
  public void check(Limits limits) throws RegException, IOException {
    starter.check(limits);
  }

  /** Makes a container that nothing runs in yet. */
  public Container generate(Wish wish, @Nullable Preparation preparation)
      throws RegException, IOException {
    starter.check(wish.draft().limits());
    Made made = make(wish, spaces.take());
    try {
      spaces.place(made.space());
      made.space().close();
      if (preparation != null) {
        preparation.prepare(host.layout().containerProject(made.container().id()));
      }
      journal.create(made.container());
      made.container().handOver();
      return made.container();
    } catch (RegException | IOException | RuntimeException e) {
      made.space().close();
      undo.undo(made.container(), CompletableFuture.completedFuture(null));
      throw e;
    }
  }

  private record Made(Container container, Space space, Environment environment) {}

  /** A container in memory, its environment on disk, its space not yet in its place. */
  private Made make(Wish wish, Space space) throws RegException, IOException {
    Draft draft = wish.draft();
    boolean kept = false;
    String name = null;
    try {
      name = claimName(draft, space.id());
      Container container =
          new Container(draft.complete(space.id(), name, Instant.now()), host.bootId());
      // From here on it holds its environment: nobody prunes what is about to be used.
      containers.add(container);
      if (!wish.current().getAsBoolean()) {
        throw new RegException(
            ErrorKind.UNAVAILABLE,
            "a template was removed or replaced while the container was being made: try again");
      }
      Environment environment = environments.of(wish);
      if (space.fits(environment)) {
        if (draft.hostname() != null) {
          spaces.rename(space, draft.hostname());
        }
        if (wish.account() != null) {
          spaces.addAccount(space, environment, wish.account());
        }
        container.apply(Event.COMPLETED);
        kept = true;
        return new Made(container, space, environment);
      }
    } finally {
      if (!kept) {
        containers.byId(space.id()).ifPresent(containers::remove);
        if (name != null) {
          containers.releaseName(draft.owner().uid(), name, space.id());
        }
        spaces.discard(space);
      }
    }
    // The environment was purged and made again since its mounts were.
    return make(wish, spaces.take());
  }

  /** A name whose last holder is just ending is free in a moment. */
  private String claimName(Draft draft, String id) throws RegException {
    try {
      return containers.claimName(draft.owner().uid(), draft.name(), id);
    } catch (RegException e) {
      if (e.kind() != ErrorKind.ALREADY_EXISTS || runs.ending().isEmpty()) {
        throw e;
      }
      endings.settle();
      return containers.claimName(draft.owner().uid(), draft.name(), id);
    }
  }

  /** What has to be done between generating and starting, for {@code --project-mode copy}. */
  public interface Preparation {
    void prepare(Path projectCopy) throws RegException, IOException;
  }

  /**
   * Makes a container and starts it. When the start fails, nothing is left of it.
   *
   * @param preparation null when there is nothing to prepare
   */
  public Started run(Wish wish, StartInput input, @Nullable Preparation preparation)
      throws RegException, IOException {
    starter.check(wish.draft().limits());
    boolean plain = preparation == null && wish.account() == null;
    Made made = make(wish, plain ? space(wish.draft()) : spaces.take());
    Container container = made.container();
    Space space = made.space();
    boolean placed = false;
    try {
      if (preparation != null) {
        spaces.place(space);
        placed = true;
        preparation.prepare(host.layout().containerProject(container.id()));
      }
      Run run =
          starter.order(
              container.spec(),
              placed ? null : space,
              space.token(),
              made.environment(),
              input,
              r -> runs.begin(container, r));
      // The launcher works now; so do we.
      if (!placed) {
        spaces.place(space);
        placed = true;
      }
      journal.create(container);
      run.placed.complete(null);
      return Started.await(container, run, "run");
    } catch (RegException | IOException | RuntimeException e) {
      if (!placed) {
        placeForRemoval(space);
      }
      container.run().ifPresent(r -> r.placed.complete(null));
      undo.abort(container);
      throw e;
    } finally {
      space.close();
    }
  }

  /** With its mounts if that can be: an upper that is written before it is mounted has none. */
  private Space space(Draft draft) throws IOException {
    if (!draft.remove() || draft.hostname() != null) {
      return spaces.take();
    }
    Optional<Environment> known = environments.store().find(draft.environment());
    return known.isPresent() ? spaces.takeFor(known.get()) : spaces.take();
  }

  private void placeForRemoval(Space space) {
    try {
      spaces.place(space);
    } catch (SyscallException e) {
      LOG.log(Logger.Level.WARNING, "cannot place " + space.directory(), e);
    }
  }

  /**
   * Has a container that does not run start on another environment next: what its templates have
   * become. When it fails, the container is as it was.
   *
   * @param tree gives the environment's entries when it has to be made
   */
  public void renew(Container container, Digest environment, EnvironmentStore.TreeSource tree)
      throws RegException, IOException {
    synchronized (container.mounting()) {
      container.checkIdle("cannot start");
      Digest before = container.spec().environment();
      EnvironmentStore store = environments.store();
      store.make(environment, tree);
      container.move(environment);
      boolean done = false;
      try {
        // Held only now: somebody may have pruned it.
        store.make(environment, tree);
        journal.replace(container);
        done = true;
      } finally {
        if (!done) {
          container.move(before);
        }
      }
      store.released(before);
    }
  }

  /**
   * Starts a container that was generated or has stopped; without streams its output goes to its
   * log.
   */
  public Started start(Container container, StartInput input) throws RegException, IOException {
    Environment environment = environments.of(container, "cannot start");
    Run[] begun = new Run[1];
    try {
      Run run;
      synchronized (container.mounting()) {
        container.checkIdle("cannot start");
        run =
            starter.order(
                container.spec(),
                null,
                input.streams() == null ? "" : Tokens.fresh(),
                environment,
                input,
                r -> {
                  runs.begin(container, r);
                  begun[0] = r;
                });
      }
      run.placed.complete(null);
      runs.changed(container);
      return Started.await(container, run, "cannot start container " + container.name());
    } catch (IOException | RegException | RuntimeException e) {
      Run run = begun[0];
      if (run != null && !run.started.isDone()) {
        undo.kill(run);
        runs.abandon(container, run);
      }
      throw e;
    }
  }

  /**
   * Hands the caller over to a run. When it has left before it knew of that, what it began is
   * undone.
   *
   * @param made whether the container was made for this run
   * @return the exit code when the program has ended already, else {@link Caller#ATTACHED}
   */
  public int attach(Started started, boolean made, Caller caller) throws IOException {
    Container container = started.container();
    try {
      return attach(container, started.run(), caller);
    } catch (CallerGone e) {
      if (made && !container.spec().remove()) {
        undo.abort(container);
      } else {
        undo.kill(started.run());
      }
      throw e;
    }
  }

  private int attach(Container container, Run run, Caller caller) throws IOException {
    Exit exit =
        run.attach(
            () -> caller.attach(container.id(), run.token, signal -> relay(run, signal), () -> {}));
    return exit == null ? Caller.ATTACHED : Codes.ofRun(exit);
  }

  private void relay(Run run, int signal) {
    try {
      runs.signal(run, signal);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to relay a signal to", e);
    }
  }

  /** A client that lost its engine comes back: see Sessions. */
  public int resume(String containerId, String token, Caller caller)
      throws RegException, IOException {
    OptionalInt joined = guests.resume(containerId, token, caller);
    if (joined.isPresent()) {
      return joined.getAsInt();
    }
    Access access = Access.of(caller.peer());
    Optional<Container> container =
        containers.byId(containerId).filter(c -> access.sees(c.spec().owner().uid()));
    if (container.isPresent()) {
      Optional<Run> run = container.get().run();
      if (run.isPresent() && Tokens.equal(run.get().token, token) && !token.isEmpty()) {
        return attach(container.get(), run.get(), caller);
      }
    }
    Optional<Exit> exit = runs.endedExit(containerId, token);
    if (exit.isEmpty() && container.isPresent() && !token.isEmpty()) {
      exit = container.get().lastExit(token);
    }
    if (exit.isEmpty()) {
      throw new RegException(
          ErrorKind.NOT_FOUND, "cannot attach to the container again: there is no such session");
    }
    if (exit.get().code().isEmpty()) {
      caller.err("reg: the exit code of container " + containerId + " is unknown\n");
    }
    return Codes.ofRun(exit.get());
  }

  /** What a container changed of its root since it was generated: lines as docker diff has them. */
  public List<String> changes(Container container) throws RegException, IOException {
    Environment environment = environments.of(container, "cannot tell the changes of");
    return Differences.of(container.spec(), host, environment);
  }

  /**
   * Gives a container another name, also on disk.
   *
   * @throws RegException INVALID for what is no name, ALREADY_EXISTS for one in use
   */
  public void rename(Container container, String name) throws RegException, IOException {
    String before = container.name();
    containers.rename(container, name);
    try {
      journal.replace(container);
    } catch (IOException e) {
      containers.rename(container, before);
      throw e;
    }
  }

  /** Names of the containers that hold an environment. */
  public List<String> usersOfEnvironment(Digest environment) {
    return containers.usersOfEnvironment(environment);
  }

  /** Names of the containers that hold a template, {@code name@version}. */
  public List<String> usersOfTemplate(String template) {
    return containers.usersOfTemplate(template);
  }

  /** Whom the files that containers share are charged to. */
  public RepositoryGroup repository() {
    return host.repository();
  }

  /** Whether containers have processes. */
  public boolean hasRunning() {
    return containers.list().stream().anyMatch(Container::isBusy);
  }

  /** Writes what is pending and deletes what was made ahead. Containers keep running. */
  @Override
  public void close() {
    spaces.close();
    cleaner.close();
    journal.close();
    host.groups().close();
  }
}
