package dev.reg.template;

import java.util.HashMap;
import java.util.Map;

/** The paths that one template claims: each once, none below what is not a directory. */
final class PathTable {
  static final int MAX_PATHS = 200_000;

  /**
   * One claim.
   *
   * @param line 0 when it stands in no document
   * @param leaf whether nothing can be below it; a file whose source may be a directory is not
   */
  private record Claim(int line, String what, boolean leaf) {
    String where() {
      return line == 0 ? what : what + " (line " + line + ")";
    }
  }

  private final Problems problems;
  private final Map<String, Claim> claims = new HashMap<>();

  PathTable(Problems problems) {
    this.problems = problems;
  }

  void add(String path, int line, String what, boolean leaf) {
    if (claims.size() >= MAX_PATHS) {
      if (claims.size() == MAX_PATHS) {
        problems.add(line, "more than " + MAX_PATHS + " paths");
      }
      return;
    }
    Claim before = claims.putIfAbsent(path, new Claim(line, what, leaf));
    if (before != null) {
      problems.add(
          line,
          "path " + Text.quote(path) + " of " + what + " is already that of " + before.where());
    }
  }

  void checkParents() {
    claims.forEach(
        (path, claim) -> {
          String parent = ContainerPath.parent(path);
          while (!parent.isEmpty()) {
            Claim above = claims.get(parent);
            if (above != null && above.leaf) {
              problems.add(
                  claim.line,
                  "path "
                      + Text.quote(path)
                      + " of "
                      + claim.what
                      + " lies below "
                      + Text.quote(parent)
                      + ", which "
                      + above.where()
                      + " is");
              return;
            }
            parent = ContainerPath.parent(parent);
          }
        });
  }
}
