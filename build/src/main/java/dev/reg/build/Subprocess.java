package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A program run by the builder: with an environment of its own, bounded in time and output, killed
 * when the builder dies ({@code PR_SET_PDEATHSIG}, prctl(2), set by setpriv(1)).
 */
final class Subprocess {
  /** Bytes kept of standard output and of standard error. */
  static final int LARGEST_OUTPUT = 64 << 20;

  private static final List<String> TIED = List.of("setpriv", "--pdeathsig", "KILL", "--");

  private Subprocess() {}

  /** What it wrote and how it ended; 128+n for signal n. */
  record Result(int exit, String out, String err) {}

  /** Handles what the program writes while it runs. */
  interface Reader {
    void read(InputStream out) throws IOException, RegException;
  }

  /** Runs to the end. Throws UNAVAILABLE when it cannot be started or takes longer. */
  static Result run(List<String> command, Map<String, String> environment, Duration limit)
      throws IOException, RegException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Result result = run(command, environment, limit, in -> keep(in, out));
    return new Result(result.exit, out.toString(StandardCharsets.UTF_8), result.err);
  }

  /** As above, with its standard output read by {@code reader} in this thread. */
  static Result run(
      List<String> command, Map<String, String> environment, Duration limit, Reader reader)
      throws IOException, RegException {
    Process process = start(command, environment);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    AtomicBoolean late = new AtomicBoolean();
    // Threads of their own: a pool shared with others may have none left.
    Thread errors = Thread.ofPlatform().daemon().start(() -> keepErrors(process, err));
    Thread watchdog =
        Thread.ofPlatform().daemon().start(() -> late.set(killedAfter(limit, process)));
    try (InputStream out = process.getInputStream()) {
      reader.read(out);
      int exit = process.waitFor();
      errors.join();
      watchdog.join();
      if (late.get()) {
        throw unavailable(command, "it did not end within " + limit.toSeconds() + " s", null);
      }
      return new Result(exit, "", err.toString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(command, "interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean killedAfter(Duration limit, Process process) {
    try {
      if (process.waitFor(limit)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Not the process's own destroy: that closes the stream under whoever reads it.
    process.toHandle().destroyForcibly();
    return true;
  }

  private static Process start(List<String> command, Map<String, String> environment)
      throws RegException {
    List<String> tied = new ArrayList<>(TIED);
    tied.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(tied).redirectInput(Redirect.from(DEV_NULL));
    builder.environment().clear();
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw unavailable(command, "util-linux's setpriv: " + e.getMessage(), e);
    }
  }

  private static final File DEV_NULL = new File("/dev/null");

  private static RegException unavailable(
      List<String> command, String why, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.UNAVAILABLE, "cannot run " + command.getFirst() + ": " + Text.line(why), cause);
  }

  private static void keepErrors(Process process, ByteArrayOutputStream out) {
    try (InputStream in = process.getErrorStream()) {
      keep(in, out);
    } catch (IOException e) {
      out.writeBytes(String.valueOf(e).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Reads to the end, keeping the first {@link #LARGEST_OUTPUT} bytes. */
  private static void keep(InputStream in, ByteArrayOutputStream out) throws IOException {
    byte[] buffer = new byte[16_384];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, Math.min(n, LARGEST_OUTPUT - out.size()));
    }
  }
}
