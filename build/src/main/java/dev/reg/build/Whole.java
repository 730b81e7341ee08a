package dev.reg.build;

import dev.reg.build.Selection.Chosen;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.Version;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a recipe's packages have, whether the recipe wants it or not: what a run is
 * traced on. Nothing in it has to be complete, and what no container can show is left out.
 */
final class Whole {
  /** Directories that every container has something of its own mounted at. */
  private static final Set<String> HIDDEN = Set.of("proc", "sys", "dev");

  private Whole() {}

  static Template of(Recipe recipe, Version version, PackageTree tree, Output output)
      throws IOException {
    TreeMap<String, String> links = new TreeMap<>();
    for (Map.Entry<String, PackageTree.Node> node : tree.nodes().entrySet()) {
      String path = node.getKey();
      if (!isHidden(path)) {
        switch (node.getValue()) {
          case PackageTree.Node.File file ->
              output.link(path, new Chosen(file.content(), file.mode(), ""));
          case PackageTree.Node.Link link when !leavesRoot(path, link.target()) ->
              links.put(path, link.target());
          default -> {}
        }
      }
    }
    return template(recipe, version, output, links);
  }

  private static Template template(
      Recipe recipe, Version version, Output output, SortedMap<String, String> links) {
    return new Template(
        recipe.name(),
        version,
        List.of(),
        output.files(),
        output.libs(),
        links,
        List.of(),
        Level.NONE,
        Execution.NONE);
  }

  /** Which package each file is of: {@code PACKAGE TAB PATH}, sorted by path. */
  static List<String> origins(PackageTree tree) {
    return tree.nodes().entrySet().stream()
        .filter(node -> node.getValue() instanceof PackageTree.Node.File)
        .map(node -> node.getValue().origin() + "\t" + node.getKey())
        .toList();
  }

  private static boolean isHidden(String path) {
    int end = path.indexOf('/', 1);
    return HIDDEN.contains(path.substring(1, end < 0 ? path.length() : end));
  }

  /** Whether a relative target has more {@code ..} than there are directories. */
  private static boolean leavesRoot(String path, String target) {
    int depth = target.startsWith("/") ? 0 : (int) path.chars().filter(c -> c == '/').count() - 1;
    for (String name : target.split("/", -1)) {
      if (name.equals("..")) {
        depth--;
      } else if (!name.isEmpty() && !name.equals(".")) {
        depth++;
      }
      if (depth < 0) {
        return true;
      }
    }
    return false;
  }
}
