package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Everything that is wrong with a template file, told at once. */
final class Problems {
  private static final int SHOWN = 20;

  private record Problem(int line, String text) {}

  private final String task;
  private final List<Problem> problems = new ArrayList<>();
  private int count;

  /**
   * Begins without problems.
   *
   * @param task what was tried on what: begins the message
   */
  Problems(String task) {
    this.task = task;
  }

  /** A line of 0 is that of nothing in a document. */
  void add(int line, String text) {
    count++;
    // A hostile file can have millions; the first are enough to act upon.
    if (problems.size() < 10 * SHOWN) {
      problems.add(new Problem(line, text));
    }
  }

  void throwIfAny() throws RegException {
    if (problems.isEmpty()) {
      return;
    }
    problems.sort(Comparator.comparingInt(Problem::line));
    StringBuilder out = new StringBuilder(task);
    String separator = ": ";
    for (Problem problem : problems.subList(0, Math.min(SHOWN, problems.size()))) {
      out.append(separator);
      if (problem.line > 0) {
        out.append("line ").append(problem.line).append(": ");
      }
      out.append(problem.text);
      separator = "; ";
    }
    if (count > SHOWN) {
      out.append("; and ").append(count - SHOWN).append(" more");
    }
    throw new RegException(ErrorKind.INVALID, out.toString());
  }
}
