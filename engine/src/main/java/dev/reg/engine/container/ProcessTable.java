package dev.reg.engine.container;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The host's processes, as far as recognising a container's among them goes. */
interface ProcessTable {
  /** Before a container's id, the source of the overlay at its root. */
  String ROOT_SOURCE = "reg:";

  /** Clock ticks after boot; empty when there is no such process. */
  OptionalLong startTime(int pid);

  /** Empty when there is no such process, or it has been reaped. */
  Optional<Fd> open(int pid);

  /** Lines of its /proc/PID/cgroup; none when there is no such process. */
  List<String> groups(int pid);

  /** Of a process that has ended, as far as /proc and the kernel (6.15) tell. */
  OptionalInt exitCode(Fd pidfd, int pid);

  boolean hasEnded(Fd pidfd);

  /** Which pid namespace a process is in; empty when there is no such process. */
  Optional<String> pidNamespace(int pid);

  /**
   * The first processes of all containers that run on this host, by container id: of any engine,
   * and whoever knows of them. Walks /proc.
   */
  Map<String, Integer> containers() throws IOException;

  /** Whether a process is the first one of the container, or of the copy, that has this id. */
  default boolean isFirst(int pid, String id) {
    try {
      return Integer.valueOf(pid).equals(containers().get(id));
    } catch (IOException e) {
      System.getLogger(ProcessTable.class.getName())
          .log(System.Logger.Level.WARNING, "cannot look for container " + id + " in /proc", e);
      return false;
    }
  }

  /** Asks /proc and pidfds. */
  static ProcessTable host() {
    return new ProcessTable() {
      @Override
      public OptionalLong startTime(int pid) {
        try {
          return OptionalLong.of(Processes.startTime(pid));
        } catch (IOException e) {
          return OptionalLong.empty();
        }
      }

      @Override
      public List<String> groups(int pid) {
        try {
          return pid == 0 ? List.of() : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"));
        } catch (IOException e) {
          return List.of();
        }
      }

      @Override
      public Optional<Fd> open(int pid) {
        try {
          return Optional.of(Processes.pidfd(pid));
        } catch (SyscallException e) {
          return Optional.empty();
        }
      }

      @Override
      public OptionalInt exitCode(Fd pidfd, int pid) {
        try {
          return Processes.exitCode(pidfd, pid);
        } catch (IOException e) {
          return OptionalInt.empty();
        }
      }

      @Override
      public boolean hasEnded(Fd pidfd) {
        try {
          return Processes.hasEnded(pidfd);
        } catch (SyscallException e) {
          return true;
        }
      }

      @Override
      public Optional<String> pidNamespace(int pid) {
        try {
          return Optional.of(Descriptors.readLink("/proc/" + pid + "/ns/pid"));
        } catch (SyscallException e) {
          return Optional.empty();
        }
      }

      @Override
      public Map<String, Integer> containers() throws IOException {
        Map<String, Integer> found = new HashMap<>();
        Processes.rootsOfNamespaces()
            .forEach(
                (pid, source) -> {
                  if (source.startsWith(ROOT_SOURCE)) {
                    found.put(source.substring(ROOT_SOURCE.length()), pid);
                  }
                });
        return found;
      }
    };
  }
}
