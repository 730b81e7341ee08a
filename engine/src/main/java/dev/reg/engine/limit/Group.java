package dev.reg.engine.limit;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The control groups of one run of a container, under one name in every hierarchy that its limits
 * need: made for it, never another's.
 */
public final class Group implements AutoCloseable {
  private final String name;
  private final List<Path> first;
  private final @Nullable Path second;
  private final List<Fd> tasks = new ArrayList<>(4);
  private @Nullable Fd directory;

  /**
   * @param first its directories in hierarchies of version 1
   * @param second the one in version 2
   */
  Group(String name, List<Path> first, @Nullable Path second) {
    this.name = name;
    this.first = List.copyOf(first);
    this.second = second;
  }

  /** What a record knows it by. */
  public String name() {
    return name;
  }

  /** Opens what a process joins by. */
  void open() throws SyscallException {
    for (Path group : first) {
      tasks.add(Descriptors.open(group.resolve("tasks"), Open.O_WRONLY, 0));
    }
    if (second != null) {
      directory = Descriptors.open(second, Open.O_PATH | Open.O_DIRECTORY, 0);
    }
  }

  /**
   * Files of version 1 into which a process writes {@code 0} to join; open until {@link #close}.
   */
  public List<Fd> tasks() {
    return tasks;
  }

  /** The directory in version 2, for CLONE_INTO_CGROUP; open until {@link #close}. */
  public @Nullable Fd directory() {
    return directory;
  }

  /** Another set of descriptors of the same groups, for one more process that is to join. */
  public Group again() throws IOException {
    Group again = new Group(name, first, second);
    try {
      again.open();
      return again;
    } catch (SyscallException e) {
      again.close();
      throw e;
    }
  }

  List<Path> directories() {
    List<Path> all = new ArrayList<>(first);
    if (second != null) {
      all.add(second);
    }
    return all;
  }

  /** Whether the kernel ended a process in it for want of memory. */
  public boolean oomKilled() throws IOException {
    for (Path group : first) {
      Path control = group.resolve("memory.oom_control");
      if (Files.exists(control) && GroupFiles.number(control, "oom_kill") > 0) {
        return true;
      }
    }
    Path events = second == null ? null : second.resolve("memory.events");
    return events != null && Files.exists(events) && GroupFiles.number(events, "oom_kill") > 0;
  }

  /** Closes descriptors; the groups stay. */
  @Override
  public void close() {
    Fd.closeAll(tasks);
    tasks.clear();
    if (directory != null) {
      directory.close();
      directory = null;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
