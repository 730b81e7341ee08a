package dev.reg.engine.project;

import dev.reg.template.TemplateRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a project says about how it is run: reg.yaml, or the block of a script. What it leaves out
 * is empty or null.
 *
 * @param runtime in the order of their wishes
 * @param runtimeLine where they are, for messages; 0 without
 * @param command the program and its arguments
 * @param workdir absolute, normalised path in the container
 * @param ignore what a copy of the project leaves out
 */
public record ProjectFile(
    List<TemplateRef> runtime,
    int runtimeLine,
    List<String> command,
    @Nullable String workdir,
    List<Variable> env,
    List<Mount> mounts,
    @Nullable Resources resources,
    Ignore ignore) {
  /** Its name in the project's directory. */
  public static final String NAME = "reg.yaml";

  /** Bytes that it may have. */
  public static final int LARGEST = 64 * 1024;

  /** A project that says nothing. */
  public static final ProjectFile NONE =
      new ProjectFile(List.of(), 0, List.of(), null, List.of(), List.of(), null, Ignore.NOTHING);

  public ProjectFile {
    runtime = List.copyOf(runtime);
    command = List.copyOf(command);
    env = List.copyOf(env);
    mounts = List.copyOf(mounts);
  }

  /** The same with one more mount. */
  public ProjectFile with(Mount mount) {
    List<Mount> more = new ArrayList<>(mounts);
    more.add(mount);
    return new ProjectFile(runtime, runtimeLine, command, workdir, env, more, resources, ignore);
  }

  /** The same with another runtime. */
  public ProjectFile withRuntime(TemplateRef other, int line) {
    return new ProjectFile(List.of(other), line, command, workdir, env, mounts, resources, ignore);
  }

  /**
   * A variable of the program's environment.
   *
   * @param value null for the caller's own, as of {@code -e NAME}
   */
  public record Variable(String name, @Nullable String value) {}

  /**
   * A file or directory of the host.
   *
   * @param source absolute, or relative to the project's directory
   * @param target absolute, normalised path in the container
   */
  public record Mount(String source, String target, boolean readOnly, int line) {}

  /**
   * Limits, as they are written; null for none.
   *
   * @param line where they begin
   */
  public record Resources(
      @Nullable String memory, @Nullable String cpus, @Nullable String pids, int line) {}
}
