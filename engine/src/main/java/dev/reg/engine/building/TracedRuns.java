package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.util.List;

/** Runs that show a template to be complete to the level trace. */
public interface TracedRuns {
  /**
   * Runs commands, each in a fresh container of a template with all files of its packages
   * underneath, as the template's own user and without a project. Each has a bounded time.
   *
   * @param template nobody has to find it by its name yet
   * @param closure of the template; its objects are stored
   * @param origins of all templates of the closure: what they were made of lies underneath
   * @throws RegException when a command fails or does not end, INVALID when it opens a file that
   *     the closure does not have; the message names the command and the file
   */
  void check(
      Head template,
      Closure closure,
      Origins origins,
      List<List<String>> commands,
      BuildWatcher watcher)
      throws IOException, RegException;

  /** For an engine that has no containers to offer. */
  static TracedRuns none() {
    return (template, closure, origins, commands, watcher) -> {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot finish " + template.id() + ": it can be traced only in a container");
    };
  }
}
