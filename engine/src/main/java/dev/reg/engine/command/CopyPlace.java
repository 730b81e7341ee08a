package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One side of {@code cp}.
 *
 * @param text as the caller wrote it; what messages call it
 * @param container name or id; null for a place of the caller's own
 * @param path in the container absolute and without "." and ".." but at the end; of the caller's as
 *     it was written, "-" for a stream
 */
record CopyPlace(String text, @Nullable String container, String path) {
  private static final int LENGTH_MAX = 4095;

  /** As docker cp tells them apart: what begins with / or . is no container's. */
  static CopyPlace of(String text) throws RegException {
    int colon = text.indexOf(':');
    boolean own = text.startsWith("/") || text.startsWith(".") || colon < 0;
    if (text.length() > LENGTH_MAX) {
      throw new RegException(
          ErrorKind.INVALID, "cp: a path is longer than " + LENGTH_MAX + " bytes");
    }
    if (text.isEmpty() || colon == 0) {
      throw new RegException(
          ErrorKind.INVALID, "cp: '" + text + "' is neither a path nor CONTAINER:PATH");
    }
    return own
        ? new CopyPlace(text, null, text)
        : new CopyPlace(text, text.substring(0, colon), absolute(text.substring(colon + 1)));
  }

  /** From the container's root, whatever its working directory; what ends in / or /. still does. */
  private static String absolute(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    String plain = "/" + String.join("/", parts);
    if (parts.isEmpty()) {
      return plain;
    }
    return path.endsWith("/.") ? plain + "/." : path.endsWith("/") ? plain + "/" : plain;
  }

  boolean isStream() {
    return container == null && path.equals("-");
  }

  /** What everything that is copied from here begins with: "." when it is a directory's content. */
  String name() {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    String last = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    return last.isEmpty() || last.equals("..") ? "." : last;
  }
}
