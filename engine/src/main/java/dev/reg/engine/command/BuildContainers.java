package dev.reg.engine.command;

import dev.reg.engine.building.OutputBounds;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.Exit;
import dev.reg.engine.container.LogReader;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Wish;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.NativeText;
import dev.reg.linux.Processes;
import dev.reg.store.Digest;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Containers in which a build runs programs of the template that it makes: like any other, without
 * a project, held to {@link BuildLimits}, and removed when they have ended.
 */
final class BuildContainers {
  /** Whom commands run as that need everything of the template. */
  static final Spec.User ROOT = new Spec.User(0, 0, "/root");

  /** Of what is no command of somebody's choice. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final long LOOK_MILLIS = 500;

  private final Layout layout;
  private final ContainerService containers;
  private final EnvironmentStore environments;
  private final BuildLimits limits;
  private final AtomicInteger count = new AtomicInteger();

  BuildContainers(
      Layout layout,
      ContainerService containers,
      EnvironmentStore environments,
      BuildLimits limits) {
    this.limits = limits;
    this.layout = layout;
    this.containers = containers;
    this.environments = environments;
  }

  /**
   * What is to be run.
   *
   * @param what how messages name the command: {@code its post step}
   * @param environment variables beside those of the template
   * @param patience after which it is killed
   */
  record Job(
      Head template,
      Closure closure,
      String what,
      List<String> command,
      Map<String, String> environment,
      Spec.User user,
      List<Spec.Volume> volumes,
      StartInput input,
      Duration patience) {}

  /** What is done with a container whose processes have ended well. */
  interface Harvest {
    /**
     * Takes what the command left.
     *
     * @param upper what it wrote, by paths from the container's root
     */
    void take(Path upper) throws IOException, RegException;
  }

  /** Removes the containers of builds that a crash ended, and the environments of these. */
  void clear(List<Digest> abandoned) throws IOException, RegException {
    containers
        .endings()
        .remove(
            containers.containers().list().stream()
                .filter(container -> container.name().startsWith(Names.BUILD))
                .toList());
    for (Digest environment : abandoned) {
      dropEnvironment(environment);
    }
  }

  /** That of a template which nobody finds yet is of no use to anybody. */
  void dropEnvironment(Digest environment) throws IOException {
    if (containers.usersOfEnvironment(environment).isEmpty()) {
      environments.remove(environment);
    }
  }

  /**
   * Runs a command to its end.
   *
   * @throws RegException when it fails, or takes too long
   */
  void run(Job job, Harvest harvest) throws IOException, RegException {
    boolean kept = environments.find(job.closure().id()).isPresent();
    try {
      runKeeping(job, harvest);
    } finally {
      if (!kept) {
        dropEnvironment(job.closure().id());
      }
    }
  }

  /** As {@link #run}; the environment stays for the next. */
  void runKeeping(Job job, Harvest harvest) throws IOException, RegException {
    List<String> variables = new ArrayList<>();
    job.closure().environment().forEach((name, value) -> variables.add(name + "=" + value));
    job.environment().forEach((name, value) -> variables.add(name + "=" + value));
    Draft draft =
        new Draft(
            Names.BUILD + job.template().name() + "-" + count.incrementAndGet(),
            new Spec.Owner(Processes.userId(), 0),
            List.of(job.template().id()),
            job.closure().templates().stream().map(Head::id).toList(),
            job.closure().id(),
            job.command(),
            variables,
            "/",
            job.user(),
            null,
            null,
            job.volumes(),
            List.of(),
            false,
            true,
            false,
            null,
            Signals.TERM,
            limits.container(containers::check),
            "");
    Container container = start(job, draft);
    try {
      awaitSuccess(container, job);
      harvest.take(layout.containerUpper(container.id()));
    } finally {
      containers.endings().remove(List.of(container));
    }
  }

  private Container start(Job job, Draft draft) throws IOException, RegException {
    try {
      return containers
          .run(new Wish(draft, job.closure()::tree, () -> true), job.input(), null)
          .container();
    } catch (RegException e) {
      if (e.kind() == ErrorKind.COMMAND_NOT_FOUND || e.kind() == ErrorKind.CANNOT_INVOKE) {
        // Those kinds are for a caller's own command.
        throw failed(job, e.line(), e);
      }
      throw e;
    }
  }

  private void awaitSuccess(Container container, Job job) throws IOException, RegException {
    Exit exit = awaitEnd(container, job);
    if (exit.code().isEmpty() || exit.code().getAsInt() != 0) {
      String code = exit.code().isPresent() ? "exit code " + exit.code().getAsInt() : "no code";
      String memory =
          container.status().oomKilled()
              ? ", and a process of it was ended for want of memory (all of them may have "
                  + (container.spec().limits().memory() >> 20)
                  + " MiB together)"
              : "";
      throw failed(job, "it ended with " + code + memory + lastLine(container.id(), job), null);
    }
  }

  /** Looks meanwhile at what it writes. */
  private Exit awaitEnd(Container container, Job job) throws RegException {
    OutputBounds bounds =
        new OutputBounds(
            List.of(layout.containerUpper(container.id())),
            BuildLimits.MOST_BYTES,
            BuildLimits.MOST_FILES);
    CompletableFuture<Exit> end = containers.endings().allGone(container);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < job.patience().toNanos()) {
      try {
        return end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IllegalStateException("the end of a run never fails", e);
      } catch (TimeoutException e) {
        String excess = bounds.excessNow();
        if (excess != null) {
          throw failed(ErrorKind.INVALID, job, "it " + excess, null);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failed(job, "the engine is stopping", e);
      }
    }
    throw failed(job, "it took more than " + job.patience().toSeconds() + " s", null);
  }

  private static RegException failed(Job job, String why, @Nullable Throwable cause) {
    return failed(ErrorKind.UNAVAILABLE, job, why, cause);
  }

  private static RegException failed(
      ErrorKind kind, Job job, String why, @Nullable Throwable cause) {
    return new RegException(
        kind,
        "cannot finish "
            + job.template().id()
            + ": "
            + job.what()
            + " "
            + String.join(" ", job.command()).replaceAll("\\p{Cntrl}+", " ")
            + " failed: "
            + why,
        cause);
  }

  private String lastLine(String id, Job job) throws IOException {
    if (job.input().streams() != null) {
      return ""; // there is no log
    }
    try (LogReader log = LogReader.open(layout.containerLog(id))) {
      StringBuilder text = new StringBuilder();
      for (LogReader.Chunk chunk : log.last(1)) {
        text.append(NativeText.decode(chunk.bytes()));
      }
      String line = text.toString().strip().replaceAll("\\p{Cntrl}+", " ");
      return line.isEmpty() ? "" : " (" + line + ")";
    }
  }
}
