package dev.reg.engine.limit;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One control group in one hierarchy, made for one run of a container, and how it is joined. */
final class Leaf implements AutoCloseable {
  private final Path directory;
  private final boolean second;
  private @Nullable Fd handle;

  /**
   * @param second whether it is version 2's
   */
  Leaf(Path directory, boolean second) {
    this.directory = directory;
    this.second = second;
  }

  Path directory() {
    return directory;
  }

  boolean isSecond() {
    return second;
  }

  /** No other group of ours has it, in no hierarchy. */
  String name() {
    return directory.getFileName().toString();
  }

  /** Opens what a process joins by. */
  void open() throws SyscallException {
    handle =
        second
            ? Descriptors.open(directory, Open.O_PATH | Open.O_DIRECTORY, 0)
            : Descriptors.open(directory.resolve("tasks"), Open.O_WRONLY, 0);
  }

  /**
   * Version 1: a file into which a process writes {@code 0}. Version 2: the directory, for
   * CLONE_INTO_CGROUP. Null unless it is open.
   */
  @Nullable Fd handle() {
    return handle;
  }

  /** Closes the descriptor; the group stays. */
  @Override
  public void close() {
    if (handle != null) {
      handle.close();
      handle = null;
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
