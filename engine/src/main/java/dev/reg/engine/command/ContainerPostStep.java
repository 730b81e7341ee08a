package dev.reg.engine.command;

import dev.reg.engine.building.PostStep;
import dev.reg.engine.container.StartInput;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
   * What it left, when that is files and directories and not too much.
   *
   * @param output relative to {@code upper}
   */
  static void copy(Path upper, String output, Path to, Head template)
      throws IOException, RegException {
    PostOutput left;
    try {
      left = PostOutput.of(upper, output, PostOutput.MOST_BYTES, PostOutput.MOST_FILES);
    } catch (RegException e) {
      throw new RegException(
          e.kind(), "cannot finish " + template.id() + " with its post step: " + e.line(), e);
    }
    left.copy(to);
  }
}
