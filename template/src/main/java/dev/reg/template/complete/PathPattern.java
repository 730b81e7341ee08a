package dev.reg.template.complete;

import dev.reg.template.elf.SysRoot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An absolute path in which {@code *} stands for any characters of one name. */
final class PathPattern {
  private final List<String> names;
  private final Pattern whole;

  PathPattern(String path) {
    this.names = List.of(path.substring(1).split("/", -1));
    this.whole = pattern(path);
  }

  private static Pattern pattern(String name) {
    return Pattern.compile(
        Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining("[^/]*")),
        Pattern.DOTALL);
  }

  /** Whether a path is spelled so. */
  boolean matches(String path) {
    return whole.matcher(path).matches();
  }

  /** Whether a tree has such a path that leads to something; links are followed on the way. */
  boolean isIn(SysRoot root) throws IOException {
    List<String> found = List.of("");
    for (String name : names) {
      List<String> next = new ArrayList<>();
      for (String above : found) {
        if (name.indexOf('*') < 0) {
          next.add(above + "/" + name);
          continue;
        }
        Pattern pattern = pattern(name);
        for (String entry : root.list(above.isEmpty() ? "/" : above)) {
          if (pattern.matcher(entry).matches()) {
            next.add(above + "/" + entry);
          }
        }
      }
      found = next;
    }
    for (String path : found) {
      if (root.resolve(path) != null) {
        return true;
      }
    }
    return false;
  }
}
