package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.Pull;
import dev.reg.engine.building.Templates;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.environment.Account;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.template.Closure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
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
  private final ProcessOptions process;
  private final List<Fd> opened = new ArrayList<>();
  private @Nullable Fd project;
  private final Mounts mounts;

  Making(Context context, Caller caller, Arguments arguments) {
    this.context = context;
    this.caller = caller;
    this.access = Access.of(caller.peer());
    this.mountable = new Mountable(caller, context.layout());
    this.mounts = new Mounts(arguments, mountable);
    this.arguments = arguments;
    this.process = new ProcessOptions(caller, arguments);
  }

  /** The descriptors that {@link #draft} had opened. */
  StartInput input(StartInput.@Nullable Streams streams) {
    return new StartInput(streams, project, mounts.opened());
  }

  /** Reads all words before anything is made: a mistake costs nothing. */
  Draft draft() throws RegException, IOException {
    String name = arguments.one(Grammar.NAME);
    if (name != null) {
      Names.check(name);
    }
    Spec.Project place = project();
    Wanted wanted = read();
    this.wanted = wanted;
    List<String> command = wanted.command();
    mounts.read(wanted, place != null);
    List<String> variables = Variables.of(caller, arguments, wanted);
    String workdir = workdir(wanted, place);
    process.checkUser();
    String hostname = hostname();
    Limits limits = wanted.limits();
    if (limits.pids() == 1 && !arguments.has(Grammar.NO_INIT)) {
      throw invalid(
          "one process is the container's init, so --pids-limit 1 leaves none to the command; use"
              + " 2 or more, or --no-init");
    }
    int stopSignal = Signals.parse(arguments.command(), arguments.one(Grammar.STOP_SIGNAL, "TERM"));
    ProjectLock lock = wanted.lock();
    resolved = resolve(wanted);
    Closure closure = resolved.closure();
    Spec.User user = process.user(closure.accounts(), closure.user());
    List<String> all = new ArrayList<>();
    closure.environment().forEach((key, value) -> all.add(key + "=" + value));
    all.addAll(variables);
    return new Draft(
        name,
        new Spec.Owner(caller.peer().uid(), caller.peer().gid()),
        resolved.wanted(),
        resolved.ids(),
        closure.id(),
        words(command.isEmpty() ? defaultCommand(wanted) : command, wanted.script()),
        all,
        workdir,
        user,
        hostname,
        place,
        mounts.volumes(),
        mounts.tmpfs(),
        arguments.has(Grammar.READ_ONLY),
        !arguments.has(Grammar.NO_INIT),
        isRemoved(),
        terminal(),
        stopSignal,
        limits,
        lock == null ? "" : lock.place());
  }

  private Wanted read() throws RegException, IOException {
    return isScript()
        ? ScriptWords.read(context, caller, arguments, project)
        : Wanted.of(context, caller, arguments, project, arguments.one(Grammar.PROJECT, ""));
  }

  private @Nullable Wanted wanted;
  private Templates.@Nullable Resolved resolved;

  /** Whom the program runs as when it is no standard account; after {@link #draft}. */
  @Nullable Account account() {
    return process.account();
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

  private boolean isScript() {
    return arguments.has(Grammar.SCRIPT);
  }

  /** A script is called again and again: nobody would look for what it leaves without a name. */
  private boolean isRemoved() {
    return arguments.has(Grammar.REMOVE)
        || (isScript() && !arguments.has(Grammar.DETACH) && !arguments.has(Grammar.NAME));
  }

  private static List<String> words(List<String> program, List<String> more) {
    if (more.isEmpty()) {
      return program;
    }
    List<String> words = new ArrayList<>(program);
    words.addAll(more);
    return words;
  }

  /** Instead of {@link #draft}: renews the lock; what has changed, a line each. */
  List<String> update() throws RegException, IOException {
    project();
    Wanted read = read();
    ProjectLock lock = read.lock();
    if (lock == null) {
      throw invalid(
          "--update wants a runtime in "
              + Wanted.below(arguments.one(Grammar.PROJECT, ""), ProjectFile.NAME)
              + "; 'reg init' writes one");
    }
    return lock.update(read.runtime(), read.runtimePlace(), Pulls.of(arguments));
  }

  private Templates.Resolved resolve(Wanted wanted) throws RegException, IOException {
    List<String> runtime = wanted.runtime();
    Pull pull = Pulls.of(arguments);
    ProjectLock lock = wanted.lock();
    return lock == null
        ? context.templates().resolve(runtime, pull, null, new CallerWatcher(caller))
        : lock.resolve(runtime, wanted.runtimePlace(), pull);
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
    if (isRoot(status) && isScript() && path == null) {
      return null;
    }
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

  private String workdir(Wanted wanted, Spec.@Nullable Project place) throws RegException {
    String path = process.workdir();
    if (path != null) {
      return path;
    }
    String wished = wanted.workdir();
    if (wished != null) {
      return wished;
    }
    return place == null ? "/" : Spec.Project.PLACE;
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
    mounts.close();
  }
}
