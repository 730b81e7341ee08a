package dev.reg.engine.limit;

import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where our groups are made: {@code reg-NAME} in each hierarchy, beside the launcher's own, with
 * the controllers that are needed enabled on the way there. Safe for use by several threads.
 */
final class Place {
  private static final Logger LOG = System.getLogger(Place.class.getName());

  private final Hierarchies hierarchies;
  private final GroupFiles files;

  // Under this object's lock.
  private @Nullable String base;
  private @Nullable Path secondBase;
  private final Set<Controller> ready = EnumSet.noneOf(Controller.class);

  Place(Hierarchies hierarchies, GroupFiles files) {
    this.hierarchies = hierarchies;
    this.files = files;
  }

  /**
   * Finds it: beside the launcher's.
   *
   * @param launcher lines of the launcher's /proc/PID/cgroup
   * @return false when it is where it was
   */
  synchronized boolean locate(List<String> launcher) {
    String foundBase = null;
    Path foundSecond = null;
    for (String line : launcher) {
      // cgroups(7): hierarchy id, controllers, path; "0::" is version 2
      String[] parts = line.split(":", 3);
      Path path = parts.length == 3 ? Path.of(parts[2]).getParent() : null;
      if (path == null || path.getFileName() == null || !parts[2].endsWith("/launcher")) {
        continue;
      }
      foundBase = path.getFileName().toString();
      Path second = hierarchies.second();
      if (parts[0].equals("0") && second != null && path.startsWith(hierarchies.secondRoot())) {
        foundSecond = second.resolve(hierarchies.secondRoot().relativize(path));
      }
    }
    if (Objects.equals(base, foundBase) && Objects.equals(secondBase, foundSecond)) {
      return false;
    }
    base = foundBase;
    secondBase = foundSecond;
    ready.clear();
    return true;
  }

  /** Version 2's. */
  synchronized @Nullable Path secondBase() {
    return secondBase;
  }

  /** Makes the group that a controller's groups are to be in. */
  synchronized void prepare(Controller controller) throws RegException {
    if (ready.contains(controller)) {
      return;
    }
    String name = base;
    if (name == null) {
      throw Refusals.noPlace(controller);
    }
    Path first = hierarchies.first().get(controller);
    Path at = first == null ? hierarchies.second() : first;
    try {
      if (first != null) {
        Path group = first.resolve(name);
        files.make(group);
        if (controller == Controller.CPUSET) {
          inherit(first, group);
        }
      } else if (secondBase != null) {
        enable(controller, secondBase);
      } else {
        throw Refusals.noController(controller);
      }
    } catch (IOException e) {
      throw Refusals.unusable(controller, "making it ready in " + at, e);
    }
    ready.add(controller);
  }

  /** A group without processors and memory nodes takes no process: cgroup-v1/cpusets.rst 1.7. */
  private static void inherit(Path from, Path group) throws IOException {
    for (String file : List.of("cpuset.mems", "cpuset.cpus")) {
      if (GroupFiles.read(group.resolve(file)).isEmpty()) {
        GroupFiles.write(group.resolve(file), GroupFiles.read(from.resolve(file)));
      }
    }
  }

  /** From the top down to the group whose members are to have it. */
  private void enable(Controller controller, Path group) throws IOException, RegException {
    Path top = Objects.requireNonNull(hierarchies.second());
    if (!names(top.resolve("cgroup.controllers")).contains(controller.kernelName())) {
      throw Refusals.noController(controller);
    }
    Path at = top;
    enableIn(controller, at);
    for (Path part : top.relativize(group)) {
      at = at.resolve(part);
      enableIn(controller, at);
    }
  }

  private static void enableIn(Controller controller, Path group) throws IOException {
    Path file = group.resolve("cgroup.subtree_control");
    if (!names(file).contains(controller.kernelName())) {
      GroupFiles.write(file, "+" + controller.kernelName());
    }
  }

  private static List<String> names(Path file) throws IOException {
    return List.of(GroupFiles.read(file).split(" ", -1));
  }

  /** A group by its name in a hierarchy of version 1. */
  synchronized Path groupIn(Path mount, String name) {
    return mount.resolve(Objects.requireNonNull(base)).resolve(name);
  }

  /** The group that ours are in, of the hierarchy that has this controller. */
  Path baseOf(Controller controller) throws RegException {
    prepare(controller);
    Path mount = hierarchies.first().get(controller);
    synchronized (this) {
      return mount == null
          ? Objects.requireNonNull(secondBase)
          : mount.resolve(Objects.requireNonNull(base));
    }
  }

  /**
   * When nobody is limited any more: only then can the launcher leave its group, for above it there
   * are no processes otherwise. A group that is still there would lose its limits by this.
   */
  synchronized void disable() {
    Path top = hierarchies.second();
    for (Path at = secondBase; at != null && top != null && !at.equals(top); at = at.getParent()) {
      for (Controller controller : ready) {
        try {
          if (names(at.resolve("cgroup.subtree_control")).contains(controller.kernelName())) {
            GroupFiles.write(at.resolve("cgroup.subtree_control"), "-" + controller.kernelName());
          }
        } catch (IOException e) {
          LOG.log(Logger.Level.DEBUG, "groups below " + at + " are in use", e);
          return;
        }
      }
      if (at.getFileName().toString().endsWith(".scope")) {
        return; // above it is systemd's
      }
    }
  }

  /** All groups that ours are in. */
  synchronized Set<Path> bases() {
    Set<Path> all = new LinkedHashSet<>();
    if (base != null) {
      for (Path mount : hierarchies.first().values()) {
        all.add(mount.resolve(base));
      }
    }
    if (secondBase != null) {
      all.add(secondBase);
    }
    return all;
  }

  boolean isInSecond(Controller controller) {
    Path top = hierarchies.second();
    try {
      return top != null
          && names(top.resolve("cgroup.controllers")).contains(controller.kernelName());
    } catch (IOException e) {
      return false; // what cannot be read cannot be used
    }
  }
}
