package dev.reg.engine.project;

import dev.reg.template.Text;
import java.util.List;

/** Paths in a container, as callers and projects write them. */
public final class Places {
  /** Of a path; the kernel's PATH_MAX, 4096, has room for what we put before it. */
  private static final int LONGEST = 4000;

  private static final int LONGEST_NAME = 255;

  private Places() {}

  /** The path without empty and "." components; refuses a relative one and "..". */
  public static String absolute(String path) throws Refused {
    if (!path.startsWith("/") || path.length() > LONGEST || path.indexOf('\0') >= 0) {
      throw new Refused("wants an absolute path in the container, not " + Text.quote(path));
    }
    StringBuilder normal = new StringBuilder();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        throw new Refused("takes no '..' in a path of the container: " + Text.quote(path));
      }
      if (name.length() > LONGEST_NAME) {
        throw new Refused("has a name that is too long: " + Text.quote(path));
      }
      if (!name.isEmpty() && !name.equals(".")) {
        normal.append('/').append(name);
      }
    }
    return normal.isEmpty() ? "/" : normal.toString();
  }

  /** As {@link #absolute}; refuses places where the container's own mounts are. */
  public static String mountPoint(String path) throws Refused {
    String place = absolute(path);
    boolean ours =
        place.equals("/")
            || place.equals("/usr")
            || List.of("/proc", "/sys", "/dev").stream()
                .anyMatch(own -> place.equals(own) || place.startsWith(own + "/"));
    if (ours) {
      throw new Refused("cannot mount at " + place + ": the container's own is there");
    }
    return place;
  }
}
