package dev.reg.engine.limit;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Groups of processes that end with this engine: none of them, and no process, is left then. */
final class HeldGroups {
  private static final Logger LOG = System.getLogger(HeldGroups.class.getName());

  private static final int SIGKILL = 9;

  /** For all of them together; a killed process is gone by then, or stuck in the kernel. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int LOOK_MILLIS = 10;

  // Under this object's lock.
  private final Set<Group> held = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  /** UNAVAILABLE when the engine is stopping. */
  synchronized void add(Group group) throws RegException {
    checkOpen();
    held.add(group);
  }

  /** UNAVAILABLE when the engine is stopping. */
  synchronized void checkOpen() throws RegException {
    if (closed) {
      throw new RegException(
          ErrorKind.UNAVAILABLE, "cannot make a control group: the engine is stopping");
    }
  }

  synchronized void remove(Group group) {
    held.remove(group);
  }

  private synchronized List<Group> close() {
    closed = true;
    List<Group> all = new ArrayList<>(held);
    held.clear();
    return all;
  }

  /** Kills who is in them, and removes them; none is added any more. */
  void close(Consumer<Group> remover) {
    List<Group> all = close();
    List<Path> directories = all.stream().flatMap(g -> g.directories().stream()).toList();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (killAll(directories) && System.nanoTime() - end < 0) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(remover);
  }

  /** False when nobody is in any. */
  private static boolean killAll(List<Path> groups) {
    boolean any = false;
    for (Path group : groups) {
      try {
        for (int pid : members(group)) {
          any = true;
          kill(pid, group);
        }
      } catch (IOException e) {
        LOG.log(Logger.Level.WARNING, "cannot end the processes in control group " + group, e);
      }
    }
    return any;
  }

  /** Only who is still in it: a pid may have become another's before it was opened. */
  private static void kill(int pid, Path group) throws IOException {
    try (Fd process = Processes.pidfd(pid)) {
      if (members(group).contains(pid)) {
        Processes.signal(process, SIGKILL);
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
  }

  /** None of a group that is gone; 0 is a process that is not in our pid namespace. */
  private static List<Integer> members(Path group) throws IOException {
    try {
      return GroupFiles.read(group.resolve("cgroup.procs"))
          .lines()
          .map(Integer::parseInt)
          .filter(pid -> pid > 0)
          .toList();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
        return List.of();
      }
      throw e;
    }
  }
}
