package dev.reg.engine.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which resources can be limited here, by which version of control groups. */
final class ControlGroups implements Doctor.Group {
  private static final List<String> CONTROLLERS = List.of("memory", "cpu", "pids", "cpuset");

  private final Path mount;
  private final @Nullable Map<String, Integer> usable;

  /**
   * @param usable the controllers that an engine can limit by, each with the version it is in; null
   *     without an engine
   */
  ControlGroups(Path mount, @Nullable Map<String, Integer> usable) {
    this.mount = mount;
    this.usable = usable;
  }

  @Override
  public String name() {
    return "control groups";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    Map<String, Integer> there = usable == null ? mounted() : usable;
    boolean second = there.getOrDefault("memory", 0) == 2;
    List<String> missing = CONTROLLERS.stream().filter(c -> !there.containsKey(c)).toList();
    String shown = shown(there);
    String needed = String.join(" ", CONTROLLERS);
    if (!missing.isEmpty()) {
      found.add(
          Check.warn(
              name(),
              shown,
              needed,
              "containers run, but limits of "
                  + String.join(", ", missing)
                  + " are refused"
                  + (missing.contains("memory")
                      ? ", and builders' processes bounded one by one: "
                      : ": ")
                  + "mount the controllers at "
                  + mount
                  + (missing.contains("memory") ? ", or boot with cgroup_enable=memory" : "")));
    } else if (!Files.isWritable(mount)) {
      found.add(
          Check.warn(
              name(),
              shown + ", read-only",
              needed,
              "containers run, but limits are refused: run the engine outside of containers"));
    } else {
      found.add(Check.ok(name(), shown, needed));
    }
    found.add(
        second
            ? Check.ok("shared pages", "protected by memory.low", "version 2")
            : Check.warn(
                "shared pages",
                "not protected when the machine runs short of memory",
                "version 2",
                "boot with systemd.unified_cgroup_hierarchy=1"));
  }

  private static String shown(Map<String, Integer> there) {
    List<String> versions = new ArrayList<>();
    for (int version = 1; version <= 2; version++) {
      List<String> names = new ArrayList<>();
      for (String controller : CONTROLLERS) {
        if (there.getOrDefault(controller, 0) == version) {
          names.add(controller);
        }
      }
      if (!names.isEmpty()) {
        versions.add("version " + version + ": " + String.join(" ", names));
      }
    }
    return versions.isEmpty() ? "none" : String.join(", ", versions);
  }

  /** What is mounted where it usually is: cgroup v1 by controller, or the one hierarchy of v2. */
  private Map<String, Integer> mounted() throws IOException {
    Path unified = mount.resolve("cgroup.controllers");
    List<String> second =
        Files.exists(unified)
            ? List.of(Files.readString(unified).strip().split(" ", -1))
            : List.of();
    Map<String, Integer> there = new HashMap<>();
    for (String controller : CONTROLLERS) {
      if (second.contains(controller)) {
        there.put(controller, 2);
      } else if (Files.exists(mount.resolve(controller).resolve("tasks"))) {
        there.put(controller, 1);
      }
    }
    return there;
  }
}
