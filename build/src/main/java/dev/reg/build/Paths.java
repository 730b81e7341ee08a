package dev.reg.build;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Absolute container paths as text. */
final class Paths {
  /** Bytes, PATH_MAX of limits.h less the NUL. */
  static final int LONGEST = 4095;

  /** Bytes in one name, NAME_MAX of limits.h. */
  static final int LONGEST_NAME = 255;

  /** The directories that are links to their /usr counterparts. */
  private static final Set<String> MERGED = Set.of("bin", "sbin", "lib", "lib64");

  private Paths() {}

  /** Why {@code path} is not absolute and normalised; null when it is. */
  static @Nullable String problem(String path) {
    if (!path.startsWith("/") || path.length() == 1) {
      return "must be an absolute path";
    }
    if (Text.hasControl(path)) {
      return "has a control character in it";
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      return "is longer than " + LONGEST + " bytes";
    }
    for (String name : path.substring(1).split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        return "must be normalised, without '.', '..' and doubled slashes";
      }
      if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        return "has a name longer than " + LONGEST_NAME + " bytes";
      }
    }
    return null;
  }

  /** {@code /bin/x} becomes {@code /usr/bin/x}, {@code /bin} becomes {@code /usr/bin}. */
  static String merged(String path) {
    int end = path.indexOf('/', 1);
    String first = path.substring(1, end < 0 ? path.length() : end);
    return MERGED.contains(first) ? "/usr" + path : path;
  }

  static boolean isMerged(String path) {
    return path.lastIndexOf('/') == 0 && MERGED.contains(path.substring(1));
  }

  /** {@code /a/b} of {@code /a/b/c}; {@code /} of {@code /a}. */
  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** What a link at {@code path} points at, as text: normalised, {@code ..} at the root stays. */
  static String target(String path, String target) {
    String joined = target.startsWith("/") ? target : parent(path) + "/" + target;
    ArrayDeque<String> names = new ArrayDeque<>();
    for (String name : joined.split("/", -1)) {
      if (name.equals("..")) {
        names.pollLast();
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.addLast(name);
      }
    }
    return "/" + String.join("/", names);
  }
}
