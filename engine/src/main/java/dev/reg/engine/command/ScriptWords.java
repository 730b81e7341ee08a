package dev.reg.engine.command;

import dev.reg.engine.building.Pull;
import dev.reg.engine.container.Spec;
import dev.reg.engine.project.Lock;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.project.PythonVersions;
import dev.reg.engine.project.Script;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.Version;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The words of {@code run --script FILE ARG...}: what the file's block says, and where the program
 * finds the file. One within the project is run from there, so that it finds what is beside it; any
 * other is mounted.
 */
final class ScriptWords {
  /** Where a script from elsewhere is mounted. */
  private static final String PLACE = "/run/reg/script/";

  private static final String PYTHON = "python";

  private final Context context;
  private final Caller caller;
  private final Arguments arguments;
  private final String path;
  private final String directory;
  private final ProjectLock lock;

  private ScriptWords(Context context, Caller caller, Arguments arguments, String path) {
    this.context = context;
    this.caller = caller;
    this.arguments = arguments;
    this.path = path;
    this.directory = path.substring(0, path.lastIndexOf('/') + 1);
    this.lock = ProjectLock.ofScript(context, caller, path);
  }

  /**
   * Reads the script.
   *
   * @param project the project's directory; null without one
   */
  static Wanted read(Context context, Caller caller, Arguments arguments, @Nullable Fd project)
      throws RegException, IOException {
    if (arguments.has(Grammar.COMMAND)) {
      throw invalid(arguments, "-c contradicts --script: the script is the command");
    }
    if (arguments.operands().isEmpty()) {
      throw invalid(arguments, "--script wants a FILE after the options");
    }
    String path = arguments.operands().getFirst();
    return new ScriptWords(context, caller, arguments, path).read(project);
  }

  private Wanted read(@Nullable Fd project) throws RegException, IOException {
    try (Fd fd = caller.open(path, CallerFiles.FOR_READING, 0)) {
      byte[] beginning = CallerFiles.beginning(fd, path, Script.LARGEST);
      Script script = context.projectFiles().script(path, beginning);
      if (script.dependencies() > 0) {
        caller.err(
            NativeLine.of(
                "reg: "
                    + path
                    + ":"
                    + script.dependencies()
                    + ": its dependencies are not installed: there is what its runtime and the"
                    + " project have"));
      }
      ProjectFile file = withRuntime(script);
      String within = project == null ? null : within(fd, project);
      String name = path.substring(directory.length());
      if (within == null) {
        file = file.with(new ProjectFile.Mount(name, PLACE + name, true, 0));
      }
      String place = within == null ? PLACE + name : Spec.Project.PLACE + within;
      return Wanted.script(arguments, file, path, directory, place, lock);
    } catch (Mistakes e) {
      throw Wanted.told(caller, e);
    }
  }

  /** The script's path below the project's directory, from its slash on; null when not there. */
  private static @Nullable String within(Fd script, Fd project) throws IOException {
    FileStatus status = Descriptors.status(script);
    String real = Descriptors.path(script);
    String top = Descriptors.path(project);
    boolean there =
        real.startsWith(top + "/")
            // What is mounted below the project need not be there in the container.
            && status.device() == Descriptors.status(project).device()
            && status.links() > 0;
    return there ? real.substring(top.length()) : null;
  }

  private ProjectFile withRuntime(Script script) throws RegException, IOException {
    if (!script.file().runtime().isEmpty() || arguments.has(Grammar.TEMPLATE)) {
      return script.file();
    }
    PythonVersions wanted = script.python();
    if (wanted == null) {
      throw new RegException(
          ErrorKind.INVALID, path + ": its block names no runtime; add one to its [tool.reg]");
    }
    Lock before = arguments.has(Grammar.UPDATE) ? null : lock.known();
    if (before != null) {
      return script.file().withRuntime(locked(before, wanted), script.pythonLine());
    }
    Pull pull = Pulls.of(arguments);
    Optional<TemplateRef> found = find(wanted);
    if (pull == Pull.ALWAYS || (found.isEmpty() && pythons().isEmpty())) {
      context.templates().resolve(List.of(PYTHON), pull, null, new CallerWatcher(caller));
      found = find(wanted);
    }
    TemplateRef chosen =
        found.orElseThrow(
            () ->
                new RegException(
                    ErrorKind.NOT_FOUND,
                    path
                        + ":"
                        + script.pythonLine()
                        + ": no template is what requires-python wants, "
                        + wanted
                        + "; the local repository has "
                        + String.join(", ", pythons().stream().map(Head::id).toList())));
    return script.file().withRuntime(chosen, script.pythonLine());
  }

  /** The python that the lock has, if the script still takes it. */
  private TemplateRef locked(Lock before, PythonVersions wanted) throws RegException {
    for (Map.Entry<String, String> each : before.runtime().entrySet()) {
      TemplateRef id = TemplateRef.parse(each.getValue());
      if (id.name().equals(PYTHON) && wanted.accepts(new Version(id.prefix()))) {
        return TemplateRef.parse(each.getKey());
      }
    }
    throw lock.outdated(before, "requires-python is now " + wanted);
  }

  private Optional<TemplateRef> find(PythonVersions wanted) {
    return pythons().stream()
        .filter(head -> wanted.accepts(head.version()))
        .map(head -> new TemplateRef(PYTHON, head.version().text()))
        .findFirst();
  }

  /** The highest first. */
  private List<Head> pythons() {
    return context.templates().versions(PYTHON);
  }

  private static RegException invalid(Arguments arguments, String why) {
    return new RegException(ErrorKind.INVALID, arguments.command() + ": " + why);
  }
}
