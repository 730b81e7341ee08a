package dev.reg.engine.command;

import dev.reg.engine.building.PostStep;
import dev.reg.engine.container.StartInput;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs a recipe's post step in a container like any other, without project or network mounts. */
final class ContainerPostStep implements PostStep {
  private final BuildContainers containers;

  ContainerPostStep(BuildContainers containers) {
    this.containers = containers;
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
    BuildContainers.Job job =
        new BuildContainers.Job(
            template,
            closure,
            "its post step",
            command,
            environment,
            BuildContainers.ROOT,
            List.of(),
            new StartInput(null, null, List.of()),
            BuildContainers.PATIENCE);
    containers.run(job, upper -> copy(upper, output.substring(1), target, template));
  }

  /**
   * Files and directories; a link is refused, on the way to them, too: it could lead anywhere.
   *
   * @param output relative to {@code upper}
   */
  static void copy(Path upper, String output, Path to, Head template)
      throws IOException, RegException {
    Path from = upper;
    for (Path component : Path.of(output)) {
      from = from.resolve(component);
      if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot finish " + template.id() + ": its post step left nothing where it says");
      }
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
