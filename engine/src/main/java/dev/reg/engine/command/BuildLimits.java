package dev.reg.engine.command;

import dev.reg.engine.building.OutputBounds;
import dev.reg.engine.limit.Limits;
import dev.reg.engine.limit.Limits.Ulimit;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Features;
import dev.reg.linux.Open;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the processes of a build are held to: together where the machine can do that, for no build
 * is refused because it cannot; always one by one.
 */
final class BuildLimits {
  private static final Logger LOG = System.getLogger(BuildLimits.class.getName());

  /**
   * Bytes. A builder's Java takes up to 700 MiB, programs that take archives apart 100 each; what
   * it has written and read counts, too, and is given back, unless it is in memory for good.
   */
  static final long MEMORY = 2L << 30;

  /** Bytes that a container of a build may have on disk at a time. */
  static final long MOST_BYTES = 4L << 30;

  static final long MOST_FILES = 200_000;

  private static final long MOST_PROCESSES = 512;

  /** Numbers of setrlimit(2). The largest file, for those that have no name are seen by nobody. */
  private static final List<Ulimit> EACH =
      List.of(new Ulimit("fsize", 1, MOST_BYTES, MOST_BYTES), new Ulimit("core", 4, 0, 0));

  private final Path building;
  private final Path containers;
  private final AtomicBoolean warned = new AtomicBoolean();

  /** Tells by FAILED_PRECONDITION that the machine cannot enforce limits. */
  interface Check {
    void check(Limits limits) throws RegException, IOException;
  }

  /** For what builds in the first directory, and in containers below the second. */
  BuildLimits(Path building, Path containers) {
    this.building = building;
    this.containers = containers;
  }

  /** Of a builder. */
  Limits builder() throws IOException {
    long memory = memory(building, OutputBounds.MOST_BYTES);
    return new Limits(memory, Limits.UNLIMITED, 0, null, 0, List.of());
  }

  /** Files that are in memory are charged to who writes them, and their own bound is theirs. */
  private static long memory(Path place, long files) throws IOException {
    try (Fd directory = Descriptors.open(place, Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      return MEMORY + (Features.filesystem(directory).isMemory() ? files : 0);
    }
  }

  /** Of a container of a build. */
  Limits container(Check machine) throws RegException, IOException {
    Limits memory = new Limits(memory(containers, MOST_BYTES), Limits.UNLIMITED, 0, null, 0, EACH);
    long bytes = canHold(memory, machine) ? memory.memory() : 0;
    boolean counted = canHold(new Limits(0, 0, 0, null, MOST_PROCESSES, EACH), machine);
    long processes = counted ? MOST_PROCESSES : 0;
    return new Limits(bytes, bytes == 0 ? 0 : Limits.UNLIMITED, 0, null, processes, EACH);
  }

  /** False where the machine never can; what fails this once is thrown, and fails the build. */
  boolean canHold(Limits limits, Check machine) throws RegException, IOException {
    try {
      machine.check(limits);
      return true;
    } catch (RegException e) {
      if (e.kind() != ErrorKind.FAILED_PRECONDITION) {
        throw e;
      }
      if (!warned.getAndSet(true)) {
        LOG.log(
            Logger.Level.WARNING, "processes of builds are bounded one by one alone: " + e.line());
      }
      return false;
    }
  }
}
