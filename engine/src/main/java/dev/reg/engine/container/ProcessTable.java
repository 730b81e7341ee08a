package dev.reg.engine.container;

import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The host's processes, as far as recognising a container's among them goes. */
interface ProcessTable {
  /** Clock ticks after boot; empty when there is no such process. */
  OptionalLong startTime(int pid);

  /** Empty when there is no such process, or it has been reaped. */
  Optional<Fd> open(int pid);

  /** Of a process that has been reaped, when the kernel tells (6.15). */
  OptionalInt exitCode(Fd pidfd);

  boolean hasEnded(Fd pidfd);

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
      public Optional<Fd> open(int pid) {
        try {
          return Optional.of(Processes.pidfd(pid));
        } catch (SyscallException e) {
          return Optional.empty();
        }
      }

      @Override
      public OptionalInt exitCode(Fd pidfd) {
        try {
          return Processes.exitCode(pidfd);
        } catch (SyscallException e) {
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
    };
  }
}
