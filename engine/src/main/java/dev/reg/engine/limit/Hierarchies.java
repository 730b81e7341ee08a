package dev.reg.engine.limit;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where control groups are mounted: version 1 has hierarchies of some controllers each, version 2
 * one of all the rest; a hybrid has both.
 *
 * @param first version 1's mount points by controller; two may share one
 * @param second version 2's mount point
 * @param secondRoot the group that is seen there, {@code /} unless the mount shows a part only
 */
record Hierarchies(Map<Controller, Path> first, @Nullable Path second, Path secondRoot) {
  Hierarchies {
    first = Map.copyOf(first);
  }

  /** From the lines of proc_pid_mountinfo(5). */
  static Hierarchies of(List<String> mountinfo) {
    Map<Controller, Path> first = new EnumMap<>(Controller.class);
    Path second = null;
    Path secondRoot = Path.of("/");
    for (String line : mountinfo) {
      String[] halves = line.split(" - ", 2);
      String[] mount = halves[0].split(" ", -1);
      String[] filesystem = halves.length < 2 ? new String[0] : halves[1].split(" ", -1);
      if (mount.length < 5 || filesystem.length < 3) {
        continue;
      }
      Path point = Path.of(unescaped(mount[4]));
      if (filesystem[0].equals("cgroup2") && second == null) {
        second = point;
        secondRoot = Path.of(unescaped(mount[3]));
      } else if (filesystem[0].equals("cgroup")) {
        List<String> options = Arrays.asList(filesystem[2].split(",", -1));
        for (Controller controller : Controller.values()) {
          if (options.contains(controller.kernelName())) {
            first.putIfAbsent(controller, point);
          }
        }
      }
    }
    return new Hierarchies(first, second, secondRoot);
  }

  /** Space, tab, newline and backslash are octal there. */
  private static String unescaped(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
