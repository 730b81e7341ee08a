package dev.reg.engine.tracing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A run's opens against a closure.
 *
 * @param templates {@code name@version} of the closure's templates
 * @param opened files of the environment that the run opened, those outside the closure too
 * @param gaps those of {@code opened} that the closure does not have, with the package each is of
 * @param untouched files of the closure that the run never opened
 */
public record TraceReport(
    List<String> templates,
    SortedSet<String> opened,
    SortedMap<String, String> gaps,
    SortedSet<String> untouched) {
  private static final int MOST_SHOWN = 50;

  public TraceReport {
    templates = List.copyOf(templates);
    opened = Collections.unmodifiableSortedSet(new TreeSet<>(opened));
    gaps = Collections.unmodifiableSortedMap(new TreeMap<>(gaps));
    untouched = Collections.unmodifiableSortedSet(new TreeSet<>(untouched));
  }

  /**
   * Compares.
   *
   * @param closure every path that the templates have a file at
   * @param origins the packages of what lay beneath, by path
   */
  public static TraceReport of(
      List<String> templates,
      Collection<String> closure,
      SortedSet<String> opened,
      Map<String, String> origins) {
    TreeSet<String> untouched = new TreeSet<>(closure);
    untouched.removeAll(opened);
    TreeMap<String, String> gaps = new TreeMap<>();
    TreeSet<String> outside = new TreeSet<>(opened);
    outside.removeAll(new TreeSet<>(closure));
    outside.forEach(path -> gaps.put(path, origins.getOrDefault(path, "")));
    return new TraceReport(templates, opened, gaps, untouched);
  }

  /** Whether nothing outside the closure was opened. */
  public boolean isComplete() {
    return gaps.isEmpty();
  }

  /** For people: what is missing first. */
  public String text(boolean allUntouched) {
    StringBuilder out = new StringBuilder();
    int inside = opened.size() - gaps.size();
    int all = inside + untouched.size();
    out.append("trace: opened ").append(inside).append(" of ").append(all).append(" files of ");
    out.append(String.join(", ", templates)).append(", ").append(gaps.size()).append(" outside\n");
    List<String> lines = new ArrayList<>();
    gaps.forEach(
        (path, origin) ->
            lines.add("  outside: " + path + (origin.isEmpty() ? "" : " (" + origin + ")")));
    append(out, lines, "outside");
    if (allUntouched) {
      untouched.forEach(path -> out.append("  never opened: ").append(path).append('\n'));
    }
    return out.toString();
  }

  private static void append(StringBuilder out, List<String> lines, String what) {
    lines.stream().limit(MOST_SHOWN).forEach(line -> out.append(line).append('\n'));
    if (lines.size() > MOST_SHOWN) {
      out.append("  and ").append(lines.size() - MOST_SHOWN).append(" more ").append(what);
      out.append("; --format json lists all\n");
    }
  }
}
