package dev.reg.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that a recipe's packages have, whether the recipe wants it or not: what a run is
 * traced on. Nothing in it has to be complete, and what no container can show is left out.
 */
final class Whole {
  /** Directories that every container has something of its own mounted at. */
  private static final Set<String> HIDDEN = Set.of("proc", "sys", "dev");

  private Whole() {}

  /** Files and links, sorted. */
  static List<String> paths(PackageTree tree) {
    List<String> paths = new ArrayList<>();
    for (Map.Entry<String, PackageTree.Node> node : tree.nodes().entrySet()) {
      String path = node.getKey();
      boolean shown =
          switch (node.getValue()) {
            case PackageTree.Node.File file -> true;
            case PackageTree.Node.Link link -> !leavesRoot(path, link.target());
            case PackageTree.Node.Directory directory -> false;
          };
      if (shown && !isHidden(path)) {
        paths.add(path);
      }
    }
    return paths;
  }

  /** Which package each file and link is of: {@code PACKAGE TAB PATH}, sorted by path. */
  static List<String> origins(PackageTree tree) {
    return tree.nodes().entrySet().stream()
        .filter(node -> !(node.getValue() instanceof PackageTree.Node.Directory))
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
