package dev.reg.engine.launcher;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The launcher's executable and the way to a process of it: connects to the one that listens, or
 * starts one first.
 *
 * @param executable {@code libexec/reg-launcher} of the installation
 * @param socket where it listens
 */
public record LauncherProgram(Path executable, Path socket) {
  /** Milliseconds from its start until it listens; takes 10 on an idle machine. */
  private static final int START_TIMEOUT = 15_000;

  /** Another launcher listens at the same place, or is about to. */
  private static final int EXIT_ANOTHER = 3;

  /** sd_booted(3). */
  private static final Path SYSTEMD = Path.of("/run/systemd/system");

  private static final Path SYSTEMD_RUN = Path.of("/usr/bin/systemd-run");

  /** There when the machine has version 2 alone: elsewhere nothing is delegated. */
  private static final Path CONTROLLERS = Path.of("/sys/fs/cgroup/cgroup.controllers");

  private static final int SAID_MAX = 2000;

  /** Precedes the build's id in the executable: launcher.c. */
  private static final byte[] BUILD_MARK =
      "reg-launcher build ".getBytes(StandardCharsets.US_ASCII);

  /** A connection to the launcher, started if none listens. */
  Fd connect() throws IOException {
    IOException failure = null;
    for (int attempt = 0; attempt < 3; attempt++) {
      try {
        return Sockets.connect(socket);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ECONNREFUSED) {
          throw e;
        }
        failure = e;
      }
      start();
    }
    throw new IOException("the launcher was started but does not listen at " + socket, failure);
  }

  /**
   * Starts it and waits until it listens: it becomes a daemon that is nobody's child, and the
   * process that was started ends with the word on how that went.
   */
  private void start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command());
    builder.environment().clear();
    builder.directory(new File("/"));
    builder.redirectInput(new File("/dev/null"));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (InputStream errors = process.getErrorStream()) {
      if (!process.waitFor(START_TIMEOUT, TimeUnit.MILLISECONDS)) {
        throw new IOException("starting the launcher " + executable + ": it does not get ready");
      }
      int status = process.exitValue();
      if (status != 0 && status != EXIT_ANOTHER) {
        byte[] said = errors.readNBytes(Math.min(SAID_MAX, errors.available()));
        throw new IOException(
            "starting the launcher "
                + executable
                + ": exit status "
                + status
                + ": "
                + new String(said, StandardCharsets.UTF_8).strip().replace('\n', ' '));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("starting the launcher " + executable + ": interrupted", e);
    } finally {
      process.destroy();
    }
  }

  /**
   * Under systemd with version 2 control groups the launcher gets a scope of its own to divide
   * (systemd's CGROUP_DELEGATION.md): a service in whose group there were groups with controllers
   * could not be started again while they are there, for the kernel lets no process into such a
   * group.
   */
  private List<String> command() {
    List<String> command = new ArrayList<>();
    if (System.getenv("INVOCATION_ID") != null
        && Files.isDirectory(SYSTEMD)
        && Files.isExecutable(SYSTEMD_RUN)
        && Files.exists(CONTROLLERS)) {
      command.addAll(
          List.of(
              SYSTEMD_RUN.toString(),
              "--quiet",
              "--scope",
              "--collect",
              "--description=Containers of Reg",
              "--property=Delegate=yes",
              "--property=TasksMax=infinity",
              "--"));
    }
    command.addAll(List.of(executable.toString(), "--runtime", String.valueOf(socket.getParent())));
    return command;
  }

  /** The executable itself, for UPGRADE. */
  Fd open() throws IOException {
    return Descriptors.open(executable, Open.O_RDONLY | Open.O_NOFOLLOW, 0);
  }

  /** The build that is installed; empty when it does not say. */
  Optional<String> build() throws IOException {
    byte[] bytes = Files.readAllBytes(executable);
    for (int at = 0; at + BUILD_MARK.length < bytes.length; at++) {
      if (matches(bytes, at)) {
        int start = at + BUILD_MARK.length;
        int end = start;
        while (end < bytes.length && bytes[end] > ' ' && end - start < 64) {
          end++;
        }
        return Optional.of(new String(bytes, start, end - start, StandardCharsets.US_ASCII));
      }
    }
    return Optional.empty();
  }

  private static boolean matches(byte[] bytes, int at) {
    for (int i = 0; i < BUILD_MARK.length; i++) {
      if (bytes[at + i] != BUILD_MARK[i]) {
        return false;
      }
    }
    return true;
  }
}
