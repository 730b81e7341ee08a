package dev.reg.engine.daemon;

import dev.reg.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The control groups {@code reg-…/engine} that the starter put this process into: left and removed
 * at the end, so that a host on which Reg ran looks as before. Elsewhere (systemd, a shell) nothing
 * is touched.
 */
final class ControlGroup {
  private static final System.Logger LOG = System.getLogger("engine");
  private static final Path HIERARCHIES = Path.of("/sys/fs/cgroup");

  private ControlGroup() {}

  /** Leaves and removes what is ours, as far as nobody else is in it. */
  static void leave() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        // cgroups(7): hierarchy id, controllers, path; "0::" is version 2
        String[] parts = line.split(":", 3);
        if (parts.length == 3 && parts[2].endsWith("/engine")) {
          leave(hierarchy(parts[0], parts[1]), parts[2].substring(1));
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "control groups stay", e);
    }
  }

  private static Path hierarchy(String id, String controllers) {
    if (id.equals("0")) {
      Path hybrid = HIERARCHIES.resolve("unified");
      return Files.isDirectory(hybrid) ? hybrid : HIERARCHIES;
    }
    return HIERARCHIES.resolve(
        controllers.startsWith("name=") ? controllers.substring(5) : controllers);
  }

  private static void leave(Path hierarchy, String path) throws IOException {
    Path group = hierarchy.resolve(path);
    Path ours = group.getParent();
    if (ours == null || !ours.getFileName().toString().startsWith("reg-")) {
      return;
    }
    Path above = ours.resolveSibling("cgroup.procs");
    Files.writeString(above, Integer.toString(Processes.self()));
    remove(group);
    remove(ours);
  }

  /** The launcher may still be in it; it removes the group when it ends. */
  private static void remove(Path group) {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "control group " + group + " stays", e);
    }
  }
}
