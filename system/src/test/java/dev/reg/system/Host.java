package dev.reg.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What an engine below a root could have left on the host. */
final class Host {
  /** Of engines that are none of ours. */
  private static final List<String> BEFORE = before();

  private Host() {}

  /** Called before the first engine of ours, so that what others made is known. */
  static void remember() {
    Objects.requireNonNull(BEFORE);
  }

  private static List<String> before() {
    try {
      return List.copyOf(controlGroups());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that still names the root: processes, mounts, control groups. */
  static List<String> leftovers(Path root) throws IOException {
    var left = new TreeSet<String>();
    String name = root.toString();
    for (Map.Entry<Integer, String> process : Processes.commandLines().entrySet()) {
      if (process.getValue().contains(name) && process.getKey() != ProcessHandle.current().pid()) {
        left.add("process " + process.getKey() + ": " + process.getValue());
      }
    }
    for (String mount : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (mount.contains(name)) {
        left.add("mount " + mount);
      }
    }
    left.addAll(controlGroups());
    left.removeAll(BEFORE);
    return List.copyOf(left);
  }

  /** Control groups that Reg made, on every mounted hierarchy. */
  static Set<String> controlGroups() throws IOException {
    var groups = new TreeSet<String>();
    try (var hierarchies = Files.newDirectoryStream(Path.of("/sys/fs/cgroup"))) {
      for (Path hierarchy : hierarchies) {
        if (!Files.isDirectory(hierarchy) || Files.isSymbolicLink(hierarchy)) {
          continue;
        }
        try (var found = Files.newDirectoryStream(hierarchy, "reg-*")) {
          found.forEach(g -> groups.add("cgroup " + g));
        }
      }
    }
    return groups;
  }
}
