package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a recipe has done in a container of the template that is being built. */
public interface PostStep {
  /**
   * Runs a command in a fresh container of the template and keeps what it left.
   *
   * @param closure of the template
   * @param output the directory in the container where the command leaves files, as they are to be
   *     found from the root of the template
   * @param target gets a copy of it; does not exist yet
   * @throws RegException when the command fails
   */
  void run(
      Head template,
      Closure closure,
      List<String> command,
      Map<String, String> environment,
      String output,
      Path target)
      throws IOException, RegException;

  /** For an engine that has no containers to offer. */
  static PostStep none() {
    return (template, closure, command, environment, output, target) -> {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot finish " + template.id() + ": its post step needs a container");
    };
  }
}
