package dev.reg.engine.limit;

import dev.reg.error.RegException;
import dev.reg.linux.SyscallException;
import dev.reg.store.Digest;
import dev.reg.store.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The control group that the files of environments are charged to: the kernel charges a page of a
 * file to whoever reads it first, which would be the first container that has a limit, and would
 * take it out of memory again when that one has reached its limit. So a small process in this group
 * reads an environment in before the first such container starts. In version 2 what it has read is
 * protected from reclaim ({@code memory.low}); version 1 has nothing for that.
 */
public final class RepositoryGroup {
  private static final Logger LOG = System.getLogger(RepositoryGroup.class.getName());

  static final String NAME = "repository";

  /** A disk that gives less than a gigabyte in this time serves no containers either. */
  private static final int SECONDS = 120;

  private static final int SAID_MAX = 2000;

  private final ControlGroups groups;
  private final Path reader;
  private final Map<Digest, Environment> read = new ConcurrentHashMap<>();
  private volatile @Nullable Path group;

  /**
   * Nothing is made before something is to be read.
   *
   * @param reader the program {@code libexec/reg-reader}
   */
  public RepositoryGroup(ControlGroups groups, Path reader) {
    this.groups = groups;
    this.reader = reader;
  }

  /** Where it is one of. */
  public ControlGroups groups() {
    return groups;
  }

  /**
   * Before a container with a limit on memory starts: its environment's files are in memory, unless
   * that cannot be, which is a reason for a warning and none for not starting.
   */
  public void readIn(Environment environment, Limits limits) {
    if (limits.memory() != 0 && !isRead(environment)) {
      synchronized (this) {
        if (!isRead(environment)) {
          readNow(environment);
        }
      }
    }
  }

  /** Another environment of the same digest is another tree. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isRead(Environment environment) {
    return read.get(environment.id()) == environment;
  }

  private void readNow(Environment environment) {
    try {
      Path own = groups.make(Controller.MEMORY, NAME);
      group = own;
      execute(own, environment);
      protect(own);
      read.put(environment.id(), environment);
    } catch (IOException | RegException e) {
      LOG.log(
          Logger.Level.WARNING,
          "the files of environment " + environment.id() + " are charged to who reads them first",
          e);
    }
  }

  private void execute(Path own, Environment environment) throws IOException {
    Path tasks = own.resolve("tasks");
    Path join = Files.exists(tasks) ? tasks : own.resolve("cgroup.procs");
    ProcessBuilder builder =
        new ProcessBuilder(
            reader.toString(),
            join.toString(),
            environment.usr().toString(),
            environment.root().toString());
    builder.environment().clear();
    builder.directory(Path.of("/").toFile());
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectErrorStream(true);
    Process process = builder.start();
    CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
    try (InputStream said = process.getInputStream()) {
      byte[] text = said.readNBytes(SAID_MAX);
      said.transferTo(OutputStream.nullOutputStream());
      if (process.waitFor() != 0) {
        throw new IOException(
            "reading in "
                + environment.usr()
                + " failed: "
                + new String(text, StandardCharsets.UTF_8).strip().replace('\n', ' '));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("reading in " + environment.usr() + " was interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * Up to the group that holds ours, for what is above lets through at most its own protection
   * (cgroup-v2.rst, memory.low).
   */
  private static void protect(Path own) throws IOException {
    if (!Files.exists(own.resolve("memory.low"))) {
      return;
    }
    String charged = GroupFiles.read(own.resolve("memory.current"));
    for (Path at : new Path[] {own.getParent(), own}) {
      try {
        GroupFiles.write(at.resolve("memory.low"), charged);
      } catch (SyscallException e) {
        throw new IOException("cannot protect the repository's files: " + e.getMessage(), e);
      }
    }
  }

  /**
   * What is charged to the repository.
   *
   * @param bytes of files, and of what the kernel keeps about them
   * @param protectedBytes of these, what memory is not taken from while there is other to be had
   */
  public record Report(long bytes, long protectedBytes) {}

  /** As of now; zeros before anything was read. */
  public Report report() {
    Path own = group;
    if (own == null) {
      return new Report(0, 0);
    }
    try {
      Path first = own.resolve("memory.usage_in_bytes");
      if (Files.exists(first)) {
        return new Report(Long.parseLong(GroupFiles.read(first)), 0);
      }
      long bytes = Long.parseLong(GroupFiles.read(own.resolve("memory.current")));
      long least = bytes;
      for (Path at = own; at != null && Files.exists(at.resolve("memory.low")); ) {
        String low = GroupFiles.read(at.resolve("memory.low"));
        least = Math.min(least, low.equals("max") ? Long.MAX_VALUE : Long.parseLong(low));
        at = at.getParent();
      }
      return new Report(bytes, least);
    } catch (IOException | NumberFormatException e) {
      LOG.log(Logger.Level.DEBUG, "the repository's group cannot be read", e);
      return new Report(0, 0);
    }
  }
}
