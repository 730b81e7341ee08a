package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.access.HostAccounts;
import dev.reg.engine.building.Pull;
import dev.reg.engine.building.Templates;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.environment.Account;
import dev.reg.engine.environment.Accounts;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.project.Places;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.project.Refused;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Peer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From the words of {@code run} and {@code generate} to a draft, and to the caller's files, which
 * only the caller's client opens.
 */
final class Making implements AutoCloseable {
  private static final Pattern HOST_NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?");

  /** The engine's root directory, which is nobody's project. */
  private static volatile @Nullable FileStatus root;

  private final Context context;
  private final Caller caller;
  private final Access access;
  private final Mountable mountable;
  private final Arguments arguments;
  private final List<Fd> opened = new ArrayList<>();
  private @Nullable Fd project;
  private final List<Fd> volumes = new ArrayList<>();

  Making(Context context, Caller caller, Arguments arguments) {
    this.context = context;
    this.caller = caller;
    this.access = Access.of(caller.peer());
    this.mountable = new Mountable(caller, context.layout());
    this.arguments = arguments;
  }

  /** The descriptors that {@link #draft} had opened. */
  StartInput input(StartInput.@Nullable Streams streams) {
    return new StartInput(streams, project, volumes);
  }

  /** Reads all words before anything is made: a mistake costs nothing. */
  Draft draft() throws RegException, IOException {
    String name = arguments.one(Grammar.NAME);
    if (name != null) {
      Names.check(name);
    }
    Spec.Project place = project();
    Wanted wanted =
        Wanted.of(context, caller, arguments, project, arguments.one(Grammar.PROJECT, ""));
    this.wanted = wanted;
    List<String> command = wanted.command();
    List<Spec.Volume> mounts = volumes(wanted);
    List<String> variables = variables(wanted);
    String workdir = workdir(wanted, place);
    Spec.User user = user(arguments.one(Grammar.USER));
    String hostname = hostname();
    List<String> tmpfs = tmpfs();
    checkDistinct(place, mounts, tmpfs);
    Limits limits = wanted.limits();
    int stopSignal = Signals.parse(arguments.command(), arguments.one(Grammar.STOP_SIGNAL, "TERM"));
    resolved = resolve(wanted);
    List<String> all = new ArrayList<>();
    resolved.closure().environment().forEach((key, value) -> all.add(key + "=" + value));
    all.addAll(variables);
    return new Draft(
        name,
        new Spec.Owner(caller.peer().uid(), caller.peer().gid()),
        resolved.wanted(),
        resolved.ids(),
        resolved.closure().id(),
        command.isEmpty() ? defaultCommand(wanted) : command,
        all,
        workdir,
        user,
        hostname,
        place,
        mounts,
        tmpfs,
        arguments.has(Grammar.READ_ONLY),
        !arguments.has(Grammar.NO_INIT),
        arguments.has(Grammar.REMOVE),
        terminal(),
        stopSignal,
        limits);
  }

  private @Nullable Wanted wanted;
  private Templates.@Nullable Resolved resolved;
  private @Nullable Account account;

  /** Whom the program runs as when it is no standard account; after {@link #draft}. */
  @Nullable Account account() {
    return account;
  }

  /** What was asked for; after {@link #draft}. */
  Wanted wanted() {
    return drafted(wanted);
  }

  /** What the draft's templates are; after {@link #draft}. */
  Templates.Resolved resolved() {
    return drafted(resolved);
  }

  private static <T> T drafted(@Nullable T known) {
    if (known == null) {
      throw new IllegalStateException("nothing drafted yet");
    }
    return known;
  }

  private RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, arguments.command() + ": " + why);
  }

  /** Instead of {@link #draft}: renews the lock; what has changed, a line each. */
  List<String> update() throws RegException, IOException {
    project();
    Fd directory = project;
    String named = arguments.one(Grammar.PROJECT, "");
    Wanted read = Wanted.of(context, caller, arguments, directory, named);
    if (directory == null || !read.isRuntimeOfFile()) {
      throw invalid(
          "--update wants a runtime in "
              + Wanted.below(named, ProjectFile.NAME)
              + "; 'reg init' writes one");
    }
    return new ProjectLock(context, caller, directory, named)
        .update(read.runtime(), read.runtimePlace(), Pulls.of(arguments));
  }

  private Templates.Resolved resolve(Wanted wanted) throws RegException, IOException {
    List<String> runtime = wanted.runtime();
    Pull pull = Pulls.of(arguments);
    Fd directory = project;
    if (directory == null || !wanted.isRuntimeOfFile()) {
      return context.templates().resolve(runtime, pull, null, new CallerWatcher(caller));
    }
    String named = arguments.one(Grammar.PROJECT, "");
    return new ProjectLock(context, caller, directory, named)
        .resolve(runtime, wanted.runtimePlace(), pull);
  }

  private List<String> defaultCommand(Wanted wanted) throws RegException {
    List<String> command = resolved().closure().command();
    if (!command.isEmpty()) {
      return command;
    }
    throw invalid(
        wanted.runtime().isEmpty()
            ? "nothing says what to run: name a runtime with -t and a command, or write a "
                + ProjectFile.NAME
            : "no command is given, and no template has one; add -- and the command");
  }

  private Spec.@Nullable Project project() throws RegException, IOException {
    String path = arguments.one(Grammar.PROJECT);
    Spec.ProjectMode mode = projectMode();
    if (arguments.has(Grammar.NO_PROJECT)) {
      if (path != null || arguments.has(Grammar.PROJECT_MODE)) {
        throw invalid("--no-project contradicts --project and --project-mode");
      }
      return null;
    }
    Fd directory = path == null ? mountable.workingDirectory() : mountable.directory(path);
    if (path != null || !access.isWhole()) {
      opened.add(directory);
    }
    FileStatus status = Descriptors.status(directory);
    if (isRoot(status)) {
      throw invalid(
          "the directory / cannot be the project; go to the project's directory, or use --project"
              + " DIR or --no-project");
    }
    if (status.links() == 0) {
      throw invalid("the project's directory has been deleted; go to one that is there");
    }
    project = directory;
    return new Spec.Project(mode, Descriptors.path(directory));
  }

  private Spec.ProjectMode projectMode() throws RegException {
    String mode = arguments.one(Grammar.PROJECT_MODE, "rw");
    return switch (mode) {
      case "rw" -> Spec.ProjectMode.RW;
      case "ro" -> Spec.ProjectMode.RO;
      case "copy" -> Spec.ProjectMode.COPY;
      default -> throw invalid("--project-mode wants rw, ro or copy, not '" + mode + "'");
    };
  }

  private static boolean isRoot(FileStatus status) throws IOException {
    FileStatus known = root;
    if (known == null) {
      known = Descriptors.status(Path.of("/"));
      root = known;
    }
    return known.device() == status.device() && known.inode() == status.inode();
  }

  private List<Spec.Volume> volumes(Wanted wanted) throws RegException, IOException {
    List<Spec.Volume> mounts = new ArrayList<>();
    for (ProjectFile.Mount mount : wanted.mounts()) {
      String source = wanted.source(mount);
      try {
        mounts.add(volume(source, mount.target(), mount.readOnly()));
      } catch (RegException e) {
        throw new RegException(e.kind(), wanted.place(mount.line()) + e.line(), e);
      }
    }
    for (String text : arguments.all(Grammar.VOLUME)) {
      boolean readOnly = text.endsWith(":ro");
      String rest = readOnly || text.endsWith(":rw") ? text.substring(0, text.length() - 3) : text;
      int colon = rest.lastIndexOf(':');
      if (colon <= 0 || colon == rest.length() - 1) {
        throw invalid("-v wants SRC:DST[:ro], not '" + text + "'");
      }
      String source = rest.substring(0, colon);
      if (!source.startsWith("/") && !source.startsWith(".")) {
        throw invalid("-v wants a path that begins with / or . before the colon: '" + text + "'");
      }
      mounts.add(volume(source, place("-v", rest.substring(colon + 1)), readOnly));
    }
    return mounts;
  }

  private Spec.Volume volume(String source, String target, boolean readOnly)
      throws RegException, IOException {
    Fd fd = mountable.volume(source);
    opened.add(fd);
    volumes.add(fd);
    return new Spec.Volume(
        source.startsWith("/") ? source : Descriptors.path(fd), target, readOnly);
  }

  /** A place for a mount in the container: absolute, normalised, and not where our own are. */
  private String place(String option, String path) throws RegException {
    try {
      return Places.mountPoint(path);
    } catch (Refused e) {
      throw invalid(option + " " + e.reason());
    }
  }

  /** Of two mounts at one place the later would hide the other, which nobody can have meant. */
  private void checkDistinct(
      Spec.@Nullable Project place, List<Spec.Volume> mounts, List<String> tmpfs)
      throws RegException {
    if (mounts.isEmpty() && tmpfs.isEmpty()) {
      return;
    }
    Set<String> places = new HashSet<>();
    if (place != null) {
      places.add(Spec.Project.PLACE);
    }
    for (String target :
        Stream.concat(mounts.stream().map(Spec.Volume::target), tmpfs.stream()).toList()) {
      if (!places.add(target)) {
        throw invalid(
            target.equals(Spec.Project.PLACE) && place != null
                ? "the project is mounted at /app already; use --no-project, or another place"
                : "two mounts at " + target + " of the container; choose another place for one");
      }
    }
  }

  private List<String> tmpfs() throws RegException {
    List<String> places = new ArrayList<>();
    for (String path : arguments.all(Grammar.TMPFS)) {
      if (path.indexOf(':') >= 0) {
        throw invalid("--tmpfs takes a directory without options, not '" + path + "'");
      }
      places.add(place("--tmpfs", path));
    }
    return places;
  }

  private List<String> variables(Wanted wanted) throws RegException, IOException {
    List<String> variables = new ArrayList<>();
    for (ProjectFile.Variable variable : wanted.variables()) {
      String value = variable.value();
      if (value != null) {
        variables.add(variable.name() + "=" + value);
      } else {
        inherit(variable.name(), variables);
      }
    }
    for (String text : arguments.all(Grammar.ENV)) {
      int equals = text.indexOf('=');
      if (equals == 0 || text.isEmpty()) {
        throw invalid("-e wants KEY=VALUE or KEY, not '" + text + "'");
      }
      if (equals > 0) {
        variables.add(text);
      } else {
        inherit(text, variables);
      }
    }
    return variables;
  }

  private void inherit(String name, List<String> variables) throws IOException {
    caller.variable(name).ifPresent(value -> variables.add(name + "=" + value));
  }

  private String workdir(Wanted wanted, Spec.@Nullable Project place) throws RegException {
    String path = arguments.one(Grammar.WORKDIR);
    if (path != null) {
      try {
        return Places.absolute(path);
      } catch (Refused e) {
        throw invalid("-w " + e.reason());
      }
    }
    String wished = wanted.workdir();
    if (wished != null) {
      return wished;
    }
    return place == null ? "/" : Spec.Project.PLACE;
  }

  private Spec.User user(@Nullable String text) throws RegException, IOException {
    if (access.isWhole()) {
      return named(text == null ? "0:0" : text);
    }
    Account own = own();
    int gid = own.gid();
    if (text != null) {
      boolean byName = text.equals(own.name());
      Spec.User wanted = byName ? null : named(text);
      int uid = wanted == null ? own.uid() : wanted.uid();
      gid = wanted == null || text.indexOf(':') < 0 ? own.gid() : wanted.gid();
      access.checkRunsAs(uid, gid);
    }
    account = own;
    return new Spec.User(own.uid(), gid, own.home(), caller.peer().groups());
  }

  /** The caller, as the container is to know them. */
  private Account own() throws IOException {
    HostAccounts host = new HostAccounts();
    Peer peer = caller.peer();
    Map<Integer, String> names = host.groupNames();
    return new Account(
        host.userName(peer.uid()).orElse(null), peer.uid(), peer.gid(), peer.groups(), names::get);
  }

  private Spec.User named(String text) throws RegException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    Optional<Accounts.User> account = Accounts.user(user);
    int uid = account.isPresent() ? account.get().uid() : number(user, text);
    Optional<Accounts.User> known = Accounts.user(uid);
    int gid;
    if (colon < 0) {
      gid = known.map(Accounts.User::gid).orElse(0);
    } else {
      String group = text.substring(colon + 1);
      Optional<Integer> named = Accounts.group(group);
      gid = named.isPresent() ? named.get() : number(group, text);
    }
    return new Spec.User(uid, gid, known.map(Accounts.User::home).orElse("/"));
  }

  private int number(String number, String text) throws RegException {
    try {
      int value = Integer.parseInt(number);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw invalid(
        "-u wants UID[:GID], numbers or names of Debian's standard accounts: '" + text + "'");
  }

  private @Nullable String hostname() throws RegException {
    String name = arguments.one(Grammar.HOSTNAME);
    if (name != null && !HOST_NAME.matcher(name).matches()) {
      throw invalid(
          "--hostname wants 1 to 63 letters, digits, dots and hyphens, not '" + name + "'");
    }
    return name;
  }

  private @Nullable String terminal() throws IOException {
    boolean has = caller.isTerminal(1) || caller.isTerminal(0) || arguments.has(Grammar.TTY);
    if (arguments.has(Grammar.DETACH) || !has) {
      return null;
    }
    return caller.variable("TERM").orElse(null);
  }

  /** Closes what the client opened for us. */
  @Override
  public void close() {
    Fd.closeAll(opened);
  }
}
