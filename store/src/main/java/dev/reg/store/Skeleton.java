package dev.reg.store;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every environment has, whatever its templates hold: the top of a file system with merged
 * {@code /usr} (file-hierarchy(7)), mount points included.
 */
final class Skeleton {
  static final int DIRECTORY_MODE = 0755;
  private static final int STICKY = 01777;

  /** By path, parents first. */
  static final Map<String, Entry> ENTRIES = entries();

  private Skeleton() {}

  private static Map<String, Entry> entries() {
    Map<String, Entry> all = new TreeMap<>();
    for (String path :
        new String[] {
          "/app",
          "/dev",
          "/etc",
          "/home",
          "/mnt",
          "/opt",
          "/proc",
          "/run",
          "/srv",
          "/sys",
          "/usr",
          "/usr/bin",
          "/usr/lib",
          "/usr/lib64",
          "/usr/sbin",
          "/usr/share",
          "/var",
          "/var/cache",
          "/var/lib",
          "/var/log",
        }) {
      add(all, new Entry.Directory(path, DIRECTORY_MODE));
    }
    add(all, new Entry.Directory("/root", 0700));
    for (String path : new String[] {"/tmp", "/run/lock", "/var/tmp"}) {
      add(all, new Entry.Directory(path, STICKY));
    }
    for (String name : new String[] {"bin", "lib", "lib64", "sbin"}) {
      add(all, new Entry.Link("/" + name, "usr/" + name));
    }
    // Relative, so that a tool on the host that follows them stays in the tree.
    add(all, new Entry.Link("/var/lock", "../run/lock"));
    add(all, new Entry.Link("/var/run", "../run"));
    return Collections.unmodifiableMap(all);
  }

  private static void add(Map<String, Entry> all, Entry entry) {
    all.put(entry.path(), entry);
  }

  /**
   * The path with the skeleton's links followed: {@code /lib/x} is {@code /usr/lib/x}, {@code
   * /var/run/y} is {@code /run/y}.
   */
  static String follow(String path) {
    for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
      String destination = destination(path.substring(0, end));
      if (destination != null) {
        return destination + path.substring(end);
      }
    }
    return path;
  }

  /** Where a link of the skeleton leads, as an absolute path; null when the path is not one. */
  static @Nullable String destination(String path) {
    return ENTRIES.get(path) instanceof Entry.Link link
        ? "/" + link.target().replaceFirst("^\\.\\./", "")
        : null;
  }
}
