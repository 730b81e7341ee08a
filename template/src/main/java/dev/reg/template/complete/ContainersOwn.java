package dev.reg.template.complete;

import java.util.List;
import java.util.Set;

/**
 * What a container has by itself, whatever its templates hold: a link that leads there leads
 * somewhere, though no template has the place.
 */
public final class ContainersOwn {
  /** Mounted, or filled while it runs. */
  private static final List<String> MOUNTED =
      List.of("/app", "/dev", "/proc", "/run", "/sys", "/tmp", "/var/tmp");

  /** Files that the engine makes for each. */
  private static final Set<String> FILES =
      Set.of(
          "/etc/group",
          "/etc/hostname",
          "/etc/hosts",
          "/etc/mtab",
          "/etc/nsswitch.conf",
          "/etc/passwd",
          "/etc/resolv.conf");

  private ContainersOwn() {}

  /** Whether an absolute, normalised path is one of these or below one. */
  public static boolean has(String path) {
    return FILES.contains(path)
        || MOUNTED.stream().anyMatch(top -> path.equals(top) || path.startsWith(top + "/"));
  }
}
