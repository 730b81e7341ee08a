package dev.reg.engine.command;

import dev.reg.engine.building.PostStep;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.Exit;
import dev.reg.engine.container.LogReader;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Wish;
import dev.reg.engine.limit.Limits;
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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a recipe's post step in a container like any other, without project or network mounts. */
final class ContainerPostStep implements PostStep {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Layout layout;
  private final ContainerService containers;
  private final EnvironmentStore environments;

  ContainerPostStep(Layout layout, ContainerService containers, EnvironmentStore environments) {
    this.layout = layout;
    this.containers = containers;
    this.environments = environments;
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

  /** That of an unfinished template is of no use to anybody. */
  private void dropEnvironment(Digest environment) throws IOException {
    if (containers.usersOfEnvironment(environment).isEmpty()) {
      environments.remove(environment);
    }
  }

  @Override
  public void run(
      Head template,
      Closure closure,
      List<String> command,
      Map<String, String> environment,
      String output,
      Path target)
      throws IOException, RegException {
    List<String> variables = new ArrayList<>();
    closure.environment().forEach((name, value) -> variables.add(name + "=" + value));
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    Draft draft =
        new Draft(
            Names.BUILD + template.name(),
            new Spec.Owner(Processes.userId(), 0),
            List.of(template.id()),
            closure.templates().stream().map(Head::id).toList(),
            closure.id(),
            command,
            variables,
            "/",
            new Spec.User(0, 0, "/root"),
            null,
            null,
            List.of(),
            List.of(),
            false,
            true,
            false,
            null,
            Signals.TERM,
            Limits.NONE);
    try {
      run(draft, closure, template, output, target);
    } finally {
      dropEnvironment(closure.id());
    }
  }

  private void run(Draft draft, Closure closure, Head template, String output, Path target)
      throws IOException, RegException {
    Container container =
        containers
            .run(
                new Wish(draft, closure::tree, () -> true),
                new StartInput(null, null, List.of()),
                null)
            .container();
    try {
      awaitSuccess(container, template, draft.command());
      Path made = layout.containerUpper(container.id()).resolve(output.substring(1));
      copy(made, target, template);
    } finally {
      containers.endings().remove(List.of(container));
    }
  }

  private void awaitSuccess(Container container, Head template, List<String> command)
      throws IOException, RegException {
    Exit exit;
    try {
      exit =
          containers
              .endings()
              .end(container)
              .orElseThrow()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a run never fails", e);
    } catch (TimeoutException e) {
      throw failed(template, command, "it took more than " + PATIENCE.toMinutes() + " minutes", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(template, command, "the engine is stopping", e);
    }
    if (exit.code().isEmpty() || exit.code().getAsInt() != 0) {
      String code = exit.code().isPresent() ? "exit code " + exit.code().getAsInt() : "no code";
      throw failed(template, command, "it ended with " + code + lastLine(container.id()), null);
    }
    // Its files are whole once every process is gone.
    containers.containers();
  }

  private static RegException failed(
      Head template, List<String> command, String why, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.UNAVAILABLE,
        "cannot finish "
            + template.id()
            + ": its post step "
            + String.join(" ", command)
            + " failed: "
            + why,
        cause);
  }

  private String lastLine(String id) throws IOException {
    try (LogReader log = LogReader.open(layout.containerLog(id))) {
      StringBuilder text = new StringBuilder();
      for (LogReader.Chunk chunk : log.last(1)) {
        text.append(NativeText.decode(chunk.bytes()));
      }
      String line = text.toString().strip().replaceAll("\\p{Cntrl}+", " ");
      return line.isEmpty() ? "" : " (" + line + ")";
    }
  }

  /** Files and directories; a link is refused, it could lead anywhere. */
  private static void copy(Path from, Path to, Head template) throws IOException, RegException {
    if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot finish " + template.id() + ": its post step left nothing where it says");
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(from)) {
      paths = walk.toList();
    }
    for (Path path : paths) {
      Path target = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectories(target);
      } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.copy(path, target, LinkOption.NOFOLLOW_LINKS);
      } else {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot finish " + template.id() + ": its post step left something else than files");
      }
    }
  }
}
