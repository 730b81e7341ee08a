package dev.reg.engine.doctor;

import dev.reg.store.Failures;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All checks of a machine and of a root on it. They are made by the process that calls, with its
 * rights; each tries the thing itself where that can be undone, and leaves nothing.
 */
public final class Doctor {
  private final List<Group> groups;

  /** Some checks that belong together. */
  interface Group {
    /** The name of the check that fails when the group cannot be examined at all. */
    String name();

    void examine(List<Check> found) throws IOException;
  }

  /**
   * @param layout need not exist on disk; it is made if it can be
   * @param installation {@code bin/}, {@code libexec/}, {@code lib/}
   * @param limits the controllers that an engine can limit by, with their versions; null without
   *     one
   * @param sources what the configuration has beside the host's package sources; null for nothing
   * @param replace whether it has them instead of those
   */
  public Doctor(
      Layout layout,
      Path installation,
      @Nullable Map<String, Integer> limits,
      @Nullable Path sources,
      boolean replace) {
    this(
        List.of(
            new Privileges(),
            new KernelChecks(),
            new StorageChecks(layout),
            new Protection(layout),
            new ControlGroups(Path.of("/sys/fs/cgroup"), limits),
            new Limits(),
            new Installation(layout, installation),
            new TemplateBuilds(sources, replace)));
  }

  Doctor(List<Group> groups) {
    this.groups = List.copyOf(groups);
  }

  /** Every check, whatever becomes of the others. */
  public List<Check> examine() {
    List<Check> found = new ArrayList<>();
    for (Group group : groups) {
      try {
        group.examine(found);
      } catch (IOException e) {
        found.add(
            Check.fail(
                group.name(),
                "cannot be examined: " + e.getMessage(),
                "a machine that can be examined",
                Failures.isFull(e)
                    ? StorageChecks.SPACE
                    : "run as root, outside of containers and sandboxes"));
      }
    }
    return found;
  }

  public static boolean isFailed(List<Check> checks) {
    return checks.stream().anyMatch(check -> check.state() == Check.State.FAIL);
  }
}
