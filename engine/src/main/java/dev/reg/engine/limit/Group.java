package dev.reg.engine.limit;

import dev.reg.linux.Fd;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The control groups of one run of a container, one in every hierarchy that its limits need: made
 * for it, never another's.
 */
public final class Group implements AutoCloseable {
  private static final String SEPARATOR = ",";

  private final List<Leaf> leaves;

  Group(List<Leaf> leaves) {
    this.leaves = List.copyOf(leaves);
  }

  /** What a record knows it by: the names of its groups, each once. */
  public String name() {
    return names().stream().collect(Collectors.joining(SEPARATOR));
  }

  /** The parts of such a name. */
  static List<String> namesIn(String recorded) {
    return Arrays.asList(recorded.split(SEPARATOR, -1));
  }

  /** Names of directories, for {@link ControlGroups#sweep}. */
  public List<String> names() {
    return leaves.stream().map(Leaf::name).distinct().toList();
  }

  /**
   * Files of version 1 into which a process writes {@code 0} to join; open until {@link #close}.
   */
  public List<Fd> tasks() {
    List<Fd> tasks = new ArrayList<>(leaves.size());
    for (Leaf leaf : leaves) {
      Fd handle = leaf.handle();
      if (!leaf.isSecond() && handle != null) {
        tasks.add(handle);
      }
    }
    return tasks;
  }

  /** Files, of either version, into which a process writes {@code 0} to join. */
  public List<Path> joining() {
    return leaves.stream()
        .map(leaf -> leaf.directory().resolve(leaf.isSecond() ? "cgroup.procs" : "tasks"))
        .toList();
  }

  /** The directory in version 2, for CLONE_INTO_CGROUP; open until {@link #close}. */
  public @Nullable Fd directory() {
    for (Leaf leaf : leaves) {
      if (leaf.isSecond()) {
        return leaf.handle();
      }
    }
    return null;
  }

  /** Another set of descriptors of the same groups, for one more process that is to join. */
  public Group again() throws IOException {
    Group again =
        new Group(
            leaves.stream().map(leaf -> new Leaf(leaf.directory(), leaf.isSecond())).toList());
    try {
      for (Leaf leaf : again.leaves) {
        leaf.open();
      }
      return again;
    } catch (SyscallException e) {
      again.close();
      throw e;
    }
  }

  List<Leaf> leaves() {
    return leaves;
  }

  List<Path> directories() {
    return leaves.stream().map(Leaf::directory).toList();
  }

  /** Whether the kernel ended a process in it for want of memory. */
  public boolean oomKilled() throws IOException {
    return oomKills() > 0;
  }

  /** How many processes in it the kernel ended for want of memory, the machine's or theirs. */
  public long oomKills() throws IOException {
    long kills = 0;
    for (Leaf leaf : leaves) {
      String events = leaf.isSecond() ? "memory.events" : "memory.oom_control";
      Path file = leaf.directory().resolve(events);
      if (Files.exists(file)) {
        kills += GroupFiles.number(file, "oom_kill");
      }
    }
    return kills;
  }

  /** Closes descriptors; the groups stay. */
  @Override
  public void close() {
    leaves.forEach(Leaf::close);
  }

  @Override
  public String toString() {
    return name();
  }
}
