package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.elf.LoaderOutput;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What the dynamic loaders of a template say, each running in a container of it. */
public interface LoaderListing {
  /**
   * A question.
   *
   * @param loader absolute path of the loader in the container
   * @param file absolute path of a program or library in the container
   */
  record Question(String loader, String file) {}

  /**
   * Asks what {@code LOADER --list FILE} tells, for each.
   *
   * @return answers by file
   * @throws RegException when not every question could be asked
   */
  Map<String, LoaderOutput> ask(Head template, Closure closure, List<Question> questions)
      throws IOException, RegException;

  /** For an engine that has no containers to offer. */
  static LoaderListing none() {
    return (template, closure, questions) -> {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot finish " + template.id() + ": its loader can be asked only in a container");
    };
  }
}
