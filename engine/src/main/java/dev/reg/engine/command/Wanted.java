package dev.reg.engine.command;

import dev.reg.engine.limit.LimitParser;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.project.Ignore;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.template.TemplateRef;
import dev.reg.template.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code run} and {@code generate} are to make, whoever said it: the project's file or a
 * script's block, and over it the command line.
 */
final class Wanted {
  private final Arguments arguments;
  private final ProjectFile file;
  private final @Nullable String origin;
  private final String directory;
  private final @Nullable String script;
  private final @Nullable ProjectLock lock;

  private Wanted(
      Arguments arguments,
      ProjectFile file,
      @Nullable String origin,
      String directory,
      @Nullable String script,
      @Nullable ProjectLock lock) {
    this.arguments = arguments;
    this.file = file;
    this.origin = origin;
    this.directory = directory;
    this.script = script;
    this.lock = lock;
  }

  /**
   * Of a script, what its block says.
   *
   * @param origin the script's path
   * @param directory what its relative paths begin at
   * @param place where it is in the container
   * @param lock the one beside it
   */
  static Wanted script(
      Arguments arguments,
      ProjectFile file,
      String origin,
      String directory,
      String place,
      ProjectLock lock) {
    return new Wanted(arguments, file, origin, directory, place, lock);
  }

  /**
   * Reads reg.yaml if there is one.
   *
   * @param project the project's directory; null without one
   * @param directory the same as the caller named it, to put before a name; empty for the current
   */
  static Wanted of(
      Context context, Caller caller, Arguments arguments, @Nullable Fd project, String directory)
      throws RegException, IOException {
    if (project == null || !CallerFiles.mayExist(project, ProjectFile.NAME)) {
      return new Wanted(arguments, ProjectFile.NONE, null, directory, null, null);
    }
    String path = below(directory, ProjectFile.NAME);
    byte[] text = CallerFiles.read(caller, path, ProjectFile.LARGEST);
    try {
      ProjectFile file = context.projectFiles().project(path, text);
      ProjectLock lock = ProjectLock.of(context, caller, project, directory);
      return new Wanted(arguments, file, path, directory, null, lock);
    } catch (Mistakes e) {
      throw told(caller, e);
    }
  }

  /** Tells of all mistakes but the last, which is what the command fails with. */
  static RegException told(Caller caller, Mistakes mistakes) throws CallerGone {
    List<String> lines = mistakes.lines();
    for (String line : lines.subList(0, lines.size() - 1)) {
      caller.err(NativeLine.of("reg: " + line));
    }
    return new RegException(ErrorKind.INVALID, lines.getLast(), mistakes);
  }

  static String below(String directory, String name) {
    return directory.isEmpty() || directory.endsWith("/")
        ? directory + name
        : directory + "/" + name;
  }

  /** Wishes as {@link TemplateRef} reads them; {@code -t} replaces the file's. */
  List<String> runtime() {
    return isRuntimeOfFile()
        ? file.runtime().stream().map(TemplateRef::toString).toList()
        : arguments.all(Grammar.TEMPLATE);
  }

  /** What may pin the runtime; null for one that the command line names. */
  @Nullable ProjectLock lock() {
    return isRuntimeOfFile() ? lock : null;
  }

  private boolean isRuntimeOfFile() {
    return !arguments.has(Grammar.TEMPLATE) && !file.runtime().isEmpty();
  }

  /** Where the runtime was wished for, to begin a message with; empty for the command line. */
  String runtimePlace() {
    return isRuntimeOfFile() && origin != null ? origin + ":" + file.runtimeLine() + ": " : "";
  }

  /** The program and what comes before {@link #script}; empty for the template's own. */
  List<String> command() throws RegException {
    if (script != null) {
      return file.command();
    }
    String line = arguments.one(Grammar.COMMAND);
    if (line == null) {
      return arguments.operands().isEmpty() ? file.command() : arguments.operands();
    }
    if (!arguments.operands().isEmpty()) {
      throw invalid("the command is given twice, with -c and as words; use one of them");
    }
    try {
      List<String> words = Words.split(line);
      if (!words.isEmpty()) {
        return words;
      }
    } catch (Words.Unfinished e) {
      throw invalid("the command line given with -c " + e.reason());
    }
    throw invalid("the command line given with -c is empty");
  }

  /** The script's place in the container and its arguments; empty when it is none. */
  List<String> script() {
    if (script == null) {
      return List.of();
    }
    List<String> words = new ArrayList<>(arguments.operands());
    words.set(0, script);
    return words;
  }

  /** Null for the default. */
  @Nullable String workdir() {
    return file.workdir();
  }

  /** What the file sets; {@code -e} comes after it. */
  List<ProjectFile.Variable> variables() {
    return file.env();
  }

  /** What the file mounts; {@code -v} adds to it. */
  List<ProjectFile.Mount> mounts() {
    return file.mounts();
  }

  /** What the file limits; options replace it one by one. */
  Limits limits() throws RegException {
    LimitParser parser = new LimitParser();
    ProjectFile.Resources resources = file.resources();
    if (resources != null) {
      String place = place(resources.line()) + "resources.";
      take(place + "memory", resources.memory(), parser::memory);
      take(place + "cpus", resources.cpus(), parser::cpus);
      take(place + "pids", resources.pids(), parser::pids);
    }
    LimitOptions.add(parser, arguments);
    return parser.limits();
  }

  private static void take(String what, @Nullable String text, LimitOptions.Taker taker)
      throws RegException {
    if (text != null) {
      taker.take(what, text);
    }
  }

  /** What a copy of the project leaves out. */
  Ignore ignore() {
    return file.ignore();
  }

  /** A mount's source as the client sees it: relative ones are the project's. */
  String source(ProjectFile.Mount mount) {
    return mount.source().startsWith("/") ? mount.source() : below(directory, mount.source());
  }

  /** Where in the file this is, to begin a message with. */
  String place(int line) {
    return origin + ":" + line + ": ";
  }

  private RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, arguments.command() + ": " + why);
  }
}
