package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One process of the builder: its lines are progress, its last one says why it failed. */
final class BuilderProcess implements AutoCloseable {
  private static final String ERROR = "error: ";

  /** Characters of a line that is shown, and of one that is kept. */
  private static final int LONGEST_LINE = 200;

  private static final int LONGEST_KEPT = 8192;

  /** Of a process that SIGKILL ended, as the shells' convention and Java have it. */
  private static final int KILLED = 128 + 9;

  private final Process process;
  private final BuilderMemory.Hold hold;

  /** Others that had the same hold before it. */
  private final long killsBefore;

  private BuilderProcess(Process process, BuilderMemory.Hold hold, long killsBefore) {
    this.process = process;
    this.hold = hold;
    this.killsBefore = killsBefore;
  }

  /** Those who wait for a template, and for how long they do. */
  static final class Waiting {
    private final BuildSource source;
    private final Consumer<String> progress;
    private final BooleanSupplier wanted;
    private final OutputBounds bounds;
    private final long deadline;
    private volatile @Nullable String excess;

    Waiting(
        BuildSource source,
        Consumer<String> progress,
        BooleanSupplier wanted,
        OutputBounds bounds) {
      this.source = source;
      this.progress = progress;
      this.wanted = wanted;
      this.bounds = bounds;
      this.deadline = System.nanoTime() + source.limit().toNanos();
    }

    private boolean isInTime() {
      return System.nanoTime() - deadline < 0;
    }

    private boolean isOver() {
      if (excess == null) {
        excess = bounds.excessNow();
      }
      return excess != null || !wanted.getAsBoolean() || !isInTime();
    }

    /** Throws when there is nobody, or no time, left to wait for it. */
    void check() throws RegException {
      if (isOver()) {
        throw failure(0, null, "");
      }
    }

    /** Tells whoever waits. */
    void say(String line) {
      progress.accept(line);
    }

    /**
     * @param error the line that it ended with; null without one
     * @param shortage of memory, as a clause; empty for none
     */
    private RegException failure(int code, @Nullable String error, String shortage) {
      if (!wanted.getAsBoolean()) {
        return unavailable("nobody waits for it any more");
      }
      if (!isInTime()) {
        return unavailable("it took longer than " + source.limit().toMinutes() + " minutes");
      }
      String tooMuch = excess;
      if (tooMuch != null) {
        return new RegException(
            ErrorKind.INVALID, "cannot build " + source + ": the builder " + tooMuch);
      }
      RegException given = code == KILLED ? null : given(error);
      if (!shortage.isEmpty() && (given == null || given.kind() == ErrorKind.EXHAUSTED)) {
        return new RegException(
            ErrorKind.EXHAUSTED, "cannot build " + source + ": the builder " + shortage);
      }
      if (given == null) {
        return unavailable("the builder ended with code " + code + " and said no reason");
      }
      return shortage.isEmpty()
          ? given
          : new RegException(
              given.kind(), given.line() + "; a process of the builder " + shortage, given);
    }

    /** The reason in such a line; null when there is none. */
    private static @Nullable RegException given(@Nullable String error) {
      String rest = error == null ? "" : error.substring(ERROR.length());
      int colon = rest.indexOf(": ");
      for (ErrorKind kind : ErrorKind.values()) {
        if (colon > 0 && kind.name().equals(rest.substring(0, colon))) {
          return new RegException(kind, rest.substring(colon + 2));
        }
      }
      return null;
    }

    private RegException unavailable(String why) {
      return new RegException(ErrorKind.UNAVAILABLE, "cannot build " + source + ": " + why);
    }
  }

  /**
   * @param input its standard input; null when it waits there until it is to {@link #proceed}
   * @param hold which it has joined, or is going to
   */
  static BuilderProcess start(List<String> command, @Nullable Path input, BuilderMemory.Hold hold)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(Path.of("/").toFile());
    builder.redirectInput(input == null ? Redirect.PIPE : Redirect.from(input.toFile()));
    Map<String, String> environment = builder.environment();
    environment.remove("REG_READY_FD");
    environment.put("LC_ALL", "C.UTF-8");
    long killsBefore = hold.kills();
    return new BuilderProcess(builder.start(), hold, killsBefore);
  }

  /** What it waits for is there. */
  void proceed() throws IOException {
    try (OutputStream input = process.getOutputStream()) {
      input.write('\n');
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      } // Or it has ended, and says why.
    }
  }

  /** Waits until it has ended; throws the reason that it gave when it failed. */
  void finish(Waiting waiting) throws IOException, RegException {
    Thread watch =
        Thread.ofVirtual().name("reg-build-watch").start(() -> endWhenOver(process, waiting));
    String error = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = line(lines); line != null; line = line(lines)) {
        error = line.startsWith(ERROR) ? line : null;
        if (error == null) {
          waiting.progress.accept(line.substring(0, Math.min(line.length(), LONGEST_LINE)));
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw waiting.failure(code, error, shortage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
    } finally {
      watch.interrupt();
    }
  }

  /**
   * Which OOM killer it was, the group's or the machine's, the kernel does not tell in version 1.
   */
  private String shortage() {
    return hold.kills() == killsBefore
        ? ""
        : "was ended for want of memory (all of its processes may have "
            + (hold.bytes() >> 20)
            + " MiB together)";
  }

  /** The next line without control characters, the beginning of a long one; null at the end. */
  private static @Nullable String line(Reader in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        return line.isEmpty() ? null : line.toString();
      }
      if (line.length() < LONGEST_KEPT) {
        line.append(Character.isISOControl(c) ? ' ' : (char) c);
      }
    }
    return line.toString();
  }

  private static void endWhenOver(Process process, Waiting waiting) {
    try {
      while (process.isAlive()) {
        if (waiting.isOver()) {
          end(process);
        }
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Kills it: unshare(1) heeds nothing less. Not by the process's own method, which closes the
   * stream under whoever reads it.
   */
  private static void end(Process process) {
    process.toHandle().destroyForcibly();
  }

  /** Ends it, if it has not ended, with all that it started. */
  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      end(process);
    }
    // The end of the stream is when nobody is left who could write it, or anything else.
    try (var rest = process.getInputStream()) {
      rest.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      } // Or it was closed before.
    }
  }
}
