package dev.reg.engine.limit;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of setrlimit(2)'s resources, as Docker writes them: docker/go-units ulimit.go. */
final class Ulimits {
  /** Numbers of include/uapi/asm-generic/resource.h, which x86-64 and aarch64 share. */
  private static final Map<String, Integer> RESOURCES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("cpu", 0),
              Map.entry("fsize", 1),
              Map.entry("data", 2),
              Map.entry("stack", 3),
              Map.entry("core", 4),
              Map.entry("rss", 5),
              Map.entry("nproc", 6),
              Map.entry("nofile", 7),
              Map.entry("memlock", 8),
              Map.entry("locks", 10),
              Map.entry("sigpending", 11),
              Map.entry("msgqueue", 12),
              Map.entry("nice", 13),
              Map.entry("rtprio", 14),
              Map.entry("rttime", 15)));

  private Ulimits() {}

  static @Nullable Integer resource(String name) {
    return RESOURCES.get(name);
  }

  static String names() {
    return String.join(" ", RESOURCES.keySet());
  }

  /** The beginning of a resource's line in proc_pid_limits(5). */
  static String procName(int resource) {
    return switch (resource) {
      case 0 -> "Max cpu time";
      case 1 -> "Max file size";
      case 2 -> "Max data size";
      case 3 -> "Max stack size";
      case 4 -> "Max core file size";
      case 5 -> "Max resident set";
      case 6 -> "Max processes";
      case 7 -> "Max open files";
      case 8 -> "Max locked memory";
      case 10 -> "Max file locks";
      case 11 -> "Max pending signals";
      case 12 -> "Max msgqueue size";
      case 13 -> "Max nice priority";
      case 14 -> "Max realtime priority";
      case 15 -> "Max realtime timeout";
      default -> throw new IllegalArgumentException("no resource " + resource);
    };
  }
}
