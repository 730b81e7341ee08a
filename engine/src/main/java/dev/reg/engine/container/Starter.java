package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.limit.Group;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.plan.JoinInput;
import dev.reg.engine.plan.Plan;
import dev.reg.engine.plan.PlanEncoder;
import dev.reg.engine.plan.PlanInput;
import dev.reg.engine.plan.SetupOp;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Pipe;
import dev.reg.store.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives the launcher the order to start a container: mounts, plan, descriptors. This is the path
 * whose time counts: it looks at nothing whose cost grows with files or containers.
 */
final class Starter {
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Host host;
  private final Launcher launcher;
  private final SpacePool spaces;
  private final AtomicInteger slots = new AtomicInteger(1);
  private volatile @Nullable Fd devNull;

  Starter(Host host, Launcher launcher, SpacePool spaces) {
    this.host = host;
    this.launcher = launcher;
    this.spaces = spaces;
  }

  /** No slot up to this one is given out any more: another engine's containers have them. */
  void skipSlots(int highest) {
    slots.accumulateAndGet(highest + 1, Math::max);
  }

  int nextSlot() {
    return slots.getAndIncrement();
  }

  /** FAILED_PRECONDITION, before anything is made, for limits that cannot be enforced here. */
  void check(Limits limits) throws RegException, IOException {
    if (limits.needGroups() && !launcher.identity().canLimit()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot limit the container: the launcher that runs is too old for it; it is replaced"
              + " when its containers have ended and the engine is started anew");
    }
    host.groups().check(limits);
    host.grants().check(limits);
  }

  /** Who is told of a run before the launcher is: its events find it by the slot. */
  interface Register {
    void register(Run run) throws RegException;
  }

  /**
   * Orders a start; what follows comes as the launcher's events.
   *
   * @param space a space that is not in its place yet; null for a container that has one
   */
  Run order(
      Spec spec,
      @Nullable Space space,
      String token,
      Environment environment,
      StartInput input,
      Register register)
      throws RegException, IOException {
    return order(spec, space, token, environment, input, null, register);
  }

  /**
   * Orders a copier in a container that does not run, with all that the container's program would
   * have: limits, mounts, user. What follows comes as the launcher's events.
   *
   * @param id names the copy to the launcher and in the copier's mounts, and is its token
   */
  Run copy(Spec spec, String id, Environment environment, CopyInput input, Register register)
      throws RegException, IOException {
    return order(spec, null, id, environment, input.start(), input, register);
  }

  private Run order(
      Spec spec,
      @Nullable Space space,
      String token,
      Environment environment,
      StartInput input,
      @Nullable CopyInput copy,
      Register register)
      throws RegException, IOException {
    String id = copy == null ? spec.id() : token;
    boolean init = copy != null || spec.init(); // else signals would not end a copier
    if (!spec.name().startsWith(Names.BUILD)) {
      // The environment of a build, or of a trace, is gone after it.
      host.repository().readIn(environment, spec.limits());
    }
    Group group = spec.limits().needGroups() ? host.groups().take(spec.limits()) : null;
    Run run = null;
    try (Bundle fds = new Bundle()) {
      StartInput.Streams streams = input.streams();
      Pipe outPipe = null;
      Pipe errPipe = null;
      Streams places;
      if (streams == null) {
        outPipe = fds.own(Descriptors.pipe());
        errPipe = fds.own(Descriptors.pipe());
        places =
            new Streams(
                fds.add(devNull()), fds.add(outPipe.write()), fds.add(errPipe.write()), null);
      } else {
        places = places(streams, fds);
      }
      // A caller who is not root keeps the rights that they have on their own pipes.
      if (spec.user().uid() != 0 && (streams == null || !spec.isConfined())) {
        givePipes(fds.list(), spec.user());
      }
      Layers layers = layers(spec, id, space, environment);
      int root = fds.own(layers.root());
      int usr = fds.own(layers.usr());
      StartInput.Watch watch = input.watch();
      if (watch != null) {
        watch.over(layers.root(), layers.usr());
      }
      List<PlanInput.Attached> attached = attach(spec, input, fds);
      Integer exit = null;
      if (spec.init() && copy == null) {
        exit = space == null ? fds.own(spaces.openExit(spec.id())) : fds.add(space.exit());
      }
      PlanInput what =
          new PlanInput(
              places.in,
              places.out,
              places.err,
              places.terminal,
              root,
              usr,
              attached,
              spec.tmpfs(),
              spec.readOnly(),
              spec.hostname(),
              copy == null ? spec.workdir() : "/",
              host.files(),
              limits(spec),
              group == null ? List.of() : fds.addAll(group.tasks()),
              user(spec, input),
              spec.isConfined(),
              exit,
              copy == null ? spec.command() : copy.command(),
              variables(spec, type(streams), spec.user(), List.of()));
      Plan plan =
          copy == null
              ? host.planner().plan(what)
              : host.planner().copy(what, fds.add(copy.copier()));
      if (outPipe != null && errPipe != null) {
        // docs/protocol.md: with LOG these three are the message's last.
        fds.add(outPipe.read());
        fds.add(errPipe.read());
        fds.own(openDirectory(spec, space));
      }
      run = new Run(nextSlot(), token, plan);
      run.group = group;
      register.register(run);
      launcher.start(
          run.slot,
          id,
          PlanEncoder.encode(plan),
          init,
          streams == null,
          fds.list(),
          group == null ? null : group.directory());
      return run;
    } finally {
      if (group != null) {
        leave(group, run);
      }
    }
  }

  /** Its descriptors are the launcher's now; what no run has is nobody's. */
  private void leave(Group group, @Nullable Run run) {
    if (run == null) {
      host.groups().remove(group);
    } else {
      group.close();
    }
  }

  private static List<SetupOp.ResourceLimit> limits(Spec spec) {
    return spec.limits().ulimits().stream()
        .map(u -> new SetupOp.ResourceLimit(u.resource(), u.soft(), u.hard()))
        .toList();
  }

  private static SetupOp.User user(Spec spec, StartInput input) {
    Spec.User user = spec.user();
    List<Integer> groups = input.groups();
    return new SetupOp.User(user.uid(), user.gid(), groups == null ? user.groups() : groups);
  }

  /**
   * Orders a process in a container that runs; what follows comes as the launcher's events.
   *
   * @param life the container's run
   * @param id names the process to the launcher, and is its token
   */
  Run join(Spec spec, Run life, String id, ExecInput input, Register register)
      throws RegException, IOException {
    Group known = life.group;
    try (Bundle fds = new Bundle();
        Group group = known == null ? null : known.again()) {
      StartInput.Streams streams = input.streams();
      Streams places = streams == null ? nothing(fds) : places(streams, fds);
      Spec.User user = input.user() == null ? spec.user() : input.user();
      if (user.uid() != 0 && !spec.isConfined()) {
        givePipes(fds.list(), user);
      }
      String workdir = input.workdir();
      Fd program = input.program();
      Plan plan =
          host.planner()
              .join(
                  new JoinInput(
                      places.in,
                      places.out,
                      places.err,
                      places.terminal,
                      workdir == null ? spec.workdir() : workdir,
                      host.files(),
                      limits(spec),
                      group == null ? List.of() : fds.addAll(group.tasks()),
                      new SetupOp.User(user.uid(), user.gid(), user.groups()),
                      spec.isConfined(),
                      input.command(),
                      variables(spec, null, user, input.variables()),
                      program == null ? null : fds.add(program)));
      Run run = new Run(nextSlot(), id, plan);
      register.register(run);
      launcher.join(
          run.slot,
          life.slot,
          id,
          PlanEncoder.encode(plan),
          fds.list(),
          group == null ? null : group.directory());
      return run;
    }
  }

  /** Where the program's streams are among the descriptors. */
  private record Streams(int in, int out, int err, SetupOp.@Nullable Terminal terminal) {}

  private static Streams places(StartInput.Streams streams, Bundle fds) {
    Terminal terminal = streams.terminal();
    if (terminal == null) {
      return new Streams(
          fds.add(streams.in()), fds.add(streams.out()), fds.add(streams.err()), null);
    }
    // The socket fills the places that the terminal takes: the caller's own stay out of it.
    int in = fds.add(terminal.socket());
    int err = terminal.error() ? in : fds.add(streams.err());
    return new Streams(in, in, err, terminal.operation(in));
  }

  private Streams nothing(Bundle fds) throws IOException {
    int nothing = fds.add(devNull());
    return new Streams(nothing, nothing, nothing, null);
  }

  private Layers layers(Spec spec, String id, @Nullable Space space, Environment environment)
      throws IOException {
    if (space != null && space.layers() != null) {
      return space.layers();
    }
    return Layers.mount(
        host.mounter(),
        id,
        environment,
        space == null ? host.base().current() : space.base(),
        space == null ? host.layout().containerUpper(spec.id()) : space.upper(),
        space == null ? host.layout().containerWork(spec.id()) : space.work(),
        spec.remove() && id.equals(spec.id())); // a copy is followed by the start
  }

  /**
   * Lets a user who is not root open /dev/stdout and the like: that opens the pipe anew, with the
   * rights of the pipe's owner. A pipe with a name on a disk keeps its owner.
   */
  private static void givePipes(List<Fd> streams, Spec.User user) throws IOException {
    for (Fd stream : streams) {
      if (Descriptors.path(stream).startsWith("pipe:[")) {
        Descriptors.changeOwner(stream, user.uid(), user.gid());
      }
    }
  }

  private List<PlanInput.Attached> attach(Spec spec, StartInput input, Bundle fds)
      throws IOException, RegException {
    List<PlanInput.Attached> attached = new ArrayList<>(1 + spec.volumes().size());
    Spec.Project project = spec.project();
    if (project != null) {
      attached.add(
          new PlanInput.Attached(fds.own(project(spec, project, input)), Spec.Project.PLACE, true));
    }
    for (int i = 0; i < spec.volumes().size(); i++) {
      Spec.Volume volume = spec.volumes().get(i);
      Fd source = input.volumes().get(i);
      boolean directory = Descriptors.status(source).isDirectory();
      Fd mount = host.mounter().bind(source, "the volume " + volume.source(), volume.readOnly());
      attached.add(new PlanInput.Attached(fds.own(mount), volume.target(), directory));
    }
    return attached;
  }

  private Fd project(Spec spec, Spec.Project project, StartInput input)
      throws IOException, RegException {
    if (project.mode() == Spec.ProjectMode.COPY) {
      Path copy = host.layout().containerProject(spec.id());
      try (Fd own = Descriptors.open(copy, Open.O_PATH | Open.O_DIRECTORY | Open.O_NOFOLLOW, 0)) {
        return host.mounter().bind(own, "the container's copy of the project", false);
      }
    }
    Fd source = input.project();
    if (source == null) {
      throw new IllegalStateException("a start of " + spec.id() + " without its project");
    }
    return host.mounter()
        .bind(source, "the project " + project.path(), project.mode() == Spec.ProjectMode.RO);
  }

  /** The logger makes and rotates the log itself. */
  private Fd openDirectory(Spec spec, @Nullable Space space) throws IOException {
    Path directory = space == null ? host.layout().container(spec.id()) : space.directory();
    return Descriptors.open(directory, Open.O_PATH | Open.O_DIRECTORY | Open.O_NOFOLLOW, 0);
  }

  private Fd devNull() throws IOException {
    Fd known = devNull;
    if (known == null) {
      synchronized (this) {
        known = devNull;
        if (known == null) {
          known = Descriptors.open("/dev/null", Open.O_RDWR, 0);
          devNull = known;
        }
      }
    }
    return known;
  }

  /** Later ones win: ours, the templates', the caller's. */
  static List<String> variables(Spec spec) {
    return variables(spec, null, spec.user(), List.of());
  }

  private static @Nullable String type(StartInput.@Nullable Streams streams) {
    Terminal terminal = streams == null ? null : streams.terminal();
    return terminal == null ? null : terminal.type();
  }

  /**
   * As above, for another terminal, or another process of the container: its user's home, and its
   * own win over all.
   *
   * @param type of the terminal; null for the container's own
   */
  private static List<String> variables(
      Spec spec, @Nullable String type, Spec.User user, List<String> own) {
    List<String> basics = new ArrayList<>(5 + spec.variables().size() + own.size());
    basics.add(PATH);
    basics.add("HOME=" + user.home());
    basics.add("HOSTNAME=" + spec.hostname());
    String terminal = type == null ? spec.terminal() : type;
    if (terminal != null) {
      basics.add("TERM=" + terminal);
    }
    if (spec.variables().isEmpty() && own.isEmpty()) {
      return basics;
    }
    Map<String, String> byName = new LinkedHashMap<>();
    basics.addAll(spec.variables());
    basics.addAll(own);
    for (String variable : basics) {
      byName.put(variable.substring(0, variable.indexOf('=')), variable);
    }
    return List.copyOf(byName.values());
  }

  /** Descriptors in the order of a message, and those of them that are closed in the end. */
  private static final class Bundle implements AutoCloseable {
    private final List<Fd> fds = new ArrayList<>(10);
    private final List<AutoCloseable> owned = new ArrayList<>(8);

    int add(Fd fd) {
      fds.add(fd);
      return fds.size() - 1;
    }

    List<Integer> addAll(List<Fd> all) {
      return all.stream().map(this::add).toList();
    }

    int own(Fd fd) {
      owned.add(fd);
      return add(fd);
    }

    Pipe own(Pipe pipe) {
      owned.add(pipe);
      return pipe;
    }

    List<Fd> list() {
      return fds;
    }

    @Override
    public void close() {
      for (AutoCloseable each : owned) {
        switch (each) {
          case Fd fd -> fd.close();
          case Pipe pipe -> pipe.close();
          default -> throw new IllegalStateException();
        }
      }
    }
  }
}
