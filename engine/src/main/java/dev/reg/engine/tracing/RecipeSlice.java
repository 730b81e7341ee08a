package dev.reg.engine.tracing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The recipe of a template that has just what a run opened of packages, in the form of {@code
 * catalog/README.md}.
 */
public final class RecipeSlice {
  private static final List<String> PROGRAMS = List.of("/usr/bin/", "/usr/sbin/", "/usr/games/");

  /** After a template's name, so that it is not the catalog's. */
  private static final String SUFFIX = "-slice";

  private static final Pattern COMPILED =
      Pattern.compile("(/.*/)__pycache__/([^/.]+)\\.[^/]+\\.pyc");

  /** Characters that the name of a template has at most. */
  private static final int LONGEST_NAME = 64;

  private RecipeSlice() {}

  /**
   * Writes it; a comment and no recipe when nothing of a package was opened.
   *
   * @param template what was traced, by its name
   * @param command what was run: the version is that of the package of its program
   * @param origins the packages of files and links by path; what is in none of them came from a
   *     recipe and is only counted
   * @param links path to target: those of packages that lead to an opened file are taken, for
   *     nobody can tell whether it was opened through them
   */
  public static String of(
      String template,
      TraceReport report,
      List<String> command,
      Map<String, String> origins,
      Map<String, String> links) {
    SortedMap<String, SortedSet<String>> include = new TreeMap<>();
    TreeSet<String> packages = new TreeSet<>();
    int others = 0;
    for (String opened : report.opened()) {
      String path = origins.containsKey(opened) ? opened : source(opened);
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
          String origin = origins.get(path);
          if (origin != null && report.opened().contains(target(path, target))) {
            packages.add(origin);
            include.computeIfAbsent(list(path), key -> new TreeSet<>()).add(path);
          }
        });
    StringBuilder out = new StringBuilder();
    out.append("# The recipe of a template that has just what one run opened of ");
    out.append(String.join(", ", report.templates()));
    out.append(":\n#   ").append(oneLine(String.join(" ", command))).append('\n');
    if (others > 0) {
      out.append("# Besides, ").append(others).append(others == 1 ? " file" : " files");
      out.append(" that no package has: text, concat and post step of a recipe make such.\n");
    }
    if (packages.isEmpty()) {
      return out.append("# It opened no file of a package, so that there is nothing to build.\n")
          .toString();
    }
    out.append(
        "# Built by 'reg template build ./FILE'. Environment, user and command are yours to add.\n");
    out.append("name: ").append(name(template)).append('\n');
    out.append("version: {package: ").append(leading(command, origins, links, report));
    out.append(
        "}\n# Only this run showed it to be complete: without this line, the build says what");
    out.append(" else its libraries open by name.\nlevel: none\n");
    out.append("packages: [").append(String.join(", ", packages)).append("]\n");
    out.append("include:\n");
    include.forEach(
        (list, paths) -> {
          out.append("  ").append(list).append(":\n");
          paths.forEach(path -> out.append("    - ").append(quoted(path)).append('\n'));
        });
    return out.toString();
  }

  /**
   * What Python reads where there is no compiled module (PEP 3147), of which a template of packages
   * has none; the path itself for everything else.
   */
  private static String source(String path) {
    Matcher compiled = COMPILED.matcher(path);
    return compiled.matches() ? compiled.group(1) + compiled.group(2) + ".py" : path;
  }

  private static String name(String template) {
    int length = Math.min(template.length(), LONGEST_NAME - SUFFIX.length());
    return template.substring(0, length) + SUFFIX;
  }

  /** The package of the program that was run; otherwise of one that was, or of anything. */
  private static String leading(
      List<String> command,
      Map<String, String> origins,
      Map<String, String> links,
      TraceReport report) {
    String word = command.isEmpty() ? "" : command.getFirst();
    String called = word.substring(word.lastIndexOf('/') + 1);
    String any = null;
    String ofPrograms = null;
    for (String path : report.opened()) {
      String origin = origins.get(path);
      if (origin == null) {
        continue;
      }
      boolean program = list(path).equals("bins");
      if (program && isCalled(called, path, links)) {
        return origin;
      }
      any = any == null ? origin : any;
      ofPrograms = ofPrograms == null && program ? origin : ofPrograms;
    }
    return String.valueOf(ofPrograms == null ? any : ofPrograms);
  }

  private static boolean isCalled(String name, String path, Map<String, String> links) {
    return path.endsWith("/" + name)
        || links.entrySet().stream()
            .anyMatch(
                link ->
                    link.getKey().endsWith("/" + name)
                        && target(link.getKey(), link.getValue()).equals(path));
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
