package dev.reg.engine.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which resources can be limited here, by which version of control groups. */
final class ControlGroups implements Doctor.Group {
  private static final List<String> CONTROLLERS = List.of("memory", "cpu", "pids", "cpuset");

  private final Path mount;

  ControlGroups(Path mount) {
    this.mount = mount;
  }

  @Override
  public String name() {
    return "control groups";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    Path unified = mount.resolve("cgroup.controllers");
    boolean second = Files.exists(unified);
    List<String> there = second ? words(Files.readString(unified)) : hierarchies();
    String version = second ? "version 2: " : "version 1: ";
    List<String> missing = CONTROLLERS.stream().filter(c -> !there.contains(c)).toList();
    String shown = version + (there.isEmpty() ? "none" : String.join(" ", there));
    String needed = String.join(" ", CONTROLLERS);
    if (!missing.isEmpty()) {
      found.add(
          Check.warn(
              name(),
              shown,
              needed,
              "containers run, but limits of "
                  + String.join(", ", missing)
                  + " are refused: mount the controllers at "
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

  private static List<String> words(String line) {
    List<String> words = List.of(line.strip().split(" ", -1));
    return CONTROLLERS.stream().filter(words::contains).toList();
  }

  private List<String> hierarchies() {
    List<String> there = new ArrayList<>();
    for (String controller : CONTROLLERS) {
      if (Files.exists(mount.resolve(controller).resolve("tasks"))) {
        there.add(controller);
      }
    }
    return there;
  }
}
