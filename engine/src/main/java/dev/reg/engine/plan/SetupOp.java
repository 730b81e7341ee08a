package dev.reg.engine.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a plan (docs/protocol.md, "The plan"). {@code fd} is an index into the
 * descriptors that travel with the plan; paths are absolute and normalised, as the container sees
 * them.
 */
public sealed interface SetupOp {
  /** Make what is missing on the way to the target, and the target itself as a directory. */
  int MAKE_DIRECTORIES = 1;

  /** The target, when missing, is made as an empty file. */
  int MAKE_FILE = 2;

  /** Links in the path are followed, within the container's root; without it they are refused. */
  int FOLLOW_LINKS = 4;

  /** Joins a control group of version 1, by its file {@code tasks}. */
  record ControlGroup(int fd) implements SetupOp {}

  /** Descriptors 0, 1 and 2 of the program. */
  record Stdio(int in, int out, int err) implements SetupOp {}

  /** The detached mount becomes the root. */
  record Root(int fd) implements SetupOp {}

  /** A detached mount is attached. */
  record Mount(int fd, String path, int flags) implements SetupOp {}

  /**
   * A fresh filesystem.
   *
   * @param mountFlags MS_ flags of mount(2)
   */
  record FsMount(String type, String path, int mountFlags, String data, int flags)
      implements SetupOp {}

  /** A mount that the launcher keeps ready because it is the same for all. */
  record Fixture(Kind kind, String path) implements SetupOp {
    /** Which one. */
    public enum Kind {
      DEV(1),
      SYS(2);

      final int code;

      Kind(int code) {
        this.code = code;
      }
    }
  }

  /** Hides a path. */
  record Mask(String path) implements SetupOp {}

  /** Makes a path read-only in place. */
  record Protect(String path) implements SetupOp {}

  /** Makes the mount at a path read-only. */
  record ReadOnly(String path) implements SetupOp {}

  /** At most 64 characters. */
  record Hostname(String name) implements SetupOp {}

  record Workdir(String path, boolean make) implements SetupOp {}

  /** Limits of setrlimit(2), -1 for none. */
  record ResourceLimit(int resource, long soft, long hard) implements SetupOp {}

  record User(int uid, int gid, List<Integer> groups) implements SetupOp {
    public User {
      groups = List.copyOf(groups);
    }
  }

  /**
   * From here on paths are looked up, and what is missing is made, with this user's rights; but
   * what is missing in the container's own root is made by root. The working directory is entered
   * as the program's user.
   */
  record Rights(User user) implements SetupOp {}

  /** Bit n is capability n of capabilities(7). */
  record Capabilities(long mask) implements SetupOp {}

  record NoNewPrivileges() implements SetupOp {}

  /** Where the init writes the exit code. */
  record ExitFile(int fd) implements SetupOp {}

  /**
   * A terminal of the container's own, the session's controlling one.
   *
   * @param fd the client's socket, which gets the other side
   * @param rows 0..65535, like columns
   * @param streams which of the program's descriptors it becomes: {@link #INPUT}, {@link #OUTPUT},
   *     {@link #ERROR}
   */
  record Terminal(int fd, int rows, int columns, int streams) implements SetupOp {
    public static final int INPUT = 1;
    public static final int OUTPUT = 2;
    public static final int ERROR = 4;
  }

  /**
   * The program; always last.
   *
   * @param environment each {@code NAME=value}
   * @param fd the program itself; null when the first of argv names it
   */
  record Exec(List<String> argv, List<String> environment, @Nullable Integer fd)
      implements SetupOp {
    public Exec(List<String> argv, List<String> environment) {
      this(argv, environment, null);
    }

    public Exec {
      argv = List.copyOf(argv);
      environment = List.copyOf(environment);
    }
  }
}
