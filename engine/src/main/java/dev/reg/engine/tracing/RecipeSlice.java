package dev.reg.engine.tracing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The part of a recipe that has just what a run opened: {@code packages} and {@code include} in the
 * form of {@code catalog/README.md}.
 */
public final class RecipeSlice {
  private static final List<String> PROGRAMS = List.of("/usr/bin/", "/usr/sbin/", "/usr/games/");

  private RecipeSlice() {}

  /**
   * Writes it.
   *
   * @param command what was run, for the comment
   * @param origins the packages of files by path; what is in none of them came from a recipe and is
   *     only counted
   * @param links of the packages, path to target: those that lead to an opened file are taken, for
   *     nobody can tell whether it was opened through them
   */
  public static String of(
      TraceReport report,
      List<String> command,
      Map<String, String> origins,
      Map<String, String> links) {
    SortedMap<String, SortedSet<String>> include = new TreeMap<>();
    TreeSet<String> packages = new TreeSet<>();
    int others = 0;
    for (String path : report.opened()) {
      String origin = origins.get(path);
      if (origin == null) {
        others++;
      } else {
        packages.add(origin);
        include.computeIfAbsent(list(path), key -> new TreeSet<>()).add(path);
      }
    }
    links.forEach(
        (path, target) -> {
          if (report.opened().contains(target(path, target))) {
            include.computeIfAbsent(list(path), key -> new TreeSet<>()).add(path);
          }
        });
    StringBuilder out = new StringBuilder();
    out.append("# What one run opened of ").append(String.join(", ", report.templates()));
    out.append(":\n#   ").append(oneLine(String.join(" ", command))).append('\n');
    if (others > 0) {
      out.append("# Besides, ").append(others).append(others == 1 ? " file" : " files");
      out.append(" that no package has: text, concat and post step of a recipe make such.\n");
    }
    out.append("packages: [").append(String.join(", ", packages)).append("]\n");
    out.append("include:\n");
    include.forEach(
        (list, paths) -> {
          out.append("  ").append(list).append(":\n");
          paths.forEach(path -> out.append("    - ").append(quoted(path)).append('\n'));
        });
    return out.toString();
  }

  /** Where a link leads by its text. */
  private static String target(String path, String target) {
    return Path.of(path).resolveSibling(target).normalize().toString();
  }

  private static String list(String path) {
    if (path.startsWith("/etc/")) {
      return "config";
    }
    if (PROGRAMS.stream().anyMatch(path::startsWith)) {
      return "bins";
    }
    return path.matches(".*\\.so(\\.[^/]*)?") ? "libs" : "data";
  }

  /** Single quotes of YAML; patterns' own characters stand for themselves in brackets. */
  private static String quoted(String path) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      pattern.append("*?[{}".indexOf(c) >= 0 ? "[" + c + "]" : String.valueOf(c));
    }
    return "'" + pattern.toString().replace("'", "''") + "'";
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ");
  }
}
