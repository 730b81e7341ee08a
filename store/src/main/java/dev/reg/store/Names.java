package dev.reg.store;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The rules for paths and link targets of an environment; each check returns what is wrong. */
public final class Names {
  /** NAME_MAX and PATH_MAX less its NUL (linux/limits.h), in bytes of UTF-8. */
  static final int NAME_BYTES = 255;

  static final int PATH_BYTES = 4095;

  private Names() {}

  /** What is wrong with a container path, as the end of a sentence; null when nothing is. */
  public static @Nullable String pathFault(String path) {
    String fault = textFault(path);
    if (fault != null) {
      return fault;
    }
    if (!path.startsWith("/")) {
      return "is not absolute";
    }
    if (path.length() == 1) {
      return "is the root itself";
    }
    for (String name : path.substring(1).split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        return "is not normalized (it has an empty, \".\" or \"..\" component)";
      }
      if (utf8Length(name) > NAME_BYTES) {
        return "has a component longer than " + NAME_BYTES + " bytes";
      }
    }
    return null;
  }

  /** What is wrong with the target of the symbolic link at {@code path}; null when nothing is. */
  static @Nullable String targetFault(String path, String target) {
    String fault = textFault(target);
    if (fault != null) {
      return fault;
    }
    int depth = target.startsWith("/") ? 0 : parents(path);
    for (String name : target.split("/", -1)) {
      if (name.equals("..")) {
        depth--;
      } else if (!name.isEmpty() && !name.equals(".")) {
        depth++;
      }
      if (depth < 0) {
        return "leads out of the root";
      }
    }
    return null;
  }

  private static int parents(String path) {
    return (int) path.chars().filter(c -> c == '/').count() - 1;
  }

  private static @Nullable String textFault(String text) {
    if (text.isEmpty()) {
      return "is empty";
    }
    if (text.length() > PATH_BYTES || utf8Length(text) > PATH_BYTES) {
      return "is longer than " + PATH_BYTES + " bytes";
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        return "has a control character";
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return "is not valid Unicode";
      }
    }
    return null;
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
