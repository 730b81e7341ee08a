package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What a path in a container may look like, and where its file is stored. */
public final class ContainerPath {
  /** PATH_MAX and NAME_MAX of limits.h, without the final NUL. */
  private static final int MAX_PATH = 4095;

  private static final int MAX_COMPONENT = 255;

  /** Links into /usr in every container. */
  private static final Set<String> MERGED = Set.of("bin", "sbin", "lib", "lib64");

  /** What the container mounts there hides every file of a template. */
  private static final Set<String> HIDDEN = Set.of("proc", "sys", "dev");

  private ContainerPath() {}

  /** Why a path cannot be used, as the end of a sentence that begins with the path. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * What somebody calls a file or link, as templates have it: {@code /bin/x} is {@code /usr/bin/x}.
   *
   * @throws RegException INVALID when no template can have it
   */
  public static String named(String path) throws RegException {
    try {
      return normalizeFile(path);
    } catch (Refused e) {
      throw new RegException(
          ErrorKind.INVALID, "the path " + Text.quote(path) + " " + e.getMessage(), e);
    }
  }

  /** The path as it is stored: no empty component, {@code /bin/x} as {@code /usr/bin/x}. */
  static String normalize(String path) throws Refused {
    checkText(path);
    if (!path.startsWith("/")) {
      throw new Refused("is not absolute");
    }
    StringBuilder out = new StringBuilder(path.length() + 4);
    for (String component : path.substring(1).split("/", -1)) {
      if (component.isEmpty() || component.equals(".")) {
        continue;
      }
      checkComponent(component);
      if (out.isEmpty() && MERGED.contains(component)) {
        out.append("/usr");
      }
      out.append('/').append(component);
    }
    String normal = out.toString();
    if (normal.isEmpty()) {
      throw new Refused("is the root itself");
    }
    int end = normal.indexOf('/', 1);
    if (HIDDEN.contains(normal.substring(1, end < 0 ? normal.length() : end))) {
      throw new Refused("lies where the container mounts the kernel's own files");
    }
    return normal;
  }

  /** As {@link #normalize}, for what is not a directory. */
  static String normalizeFile(String path) throws Refused {
    String normal = normalize(path);
    if (normal.equals("/usr")
        || (normal.startsWith("/usr/") && MERGED.contains(normal.substring("/usr/".length())))) {
      throw new Refused("is a directory in every container");
    }
    return normal;
  }

  /** Checks a link's target; it may be absolute, meant inside the container. */
  static void checkTarget(String path, String target) throws Refused {
    checkText(target);
    int depth = 0;
    if (!target.startsWith("/")) {
      depth = (int) path.chars().filter(c -> c == '/').count() - 1;
    }
    for (String component : target.split("/", -1)) {
      if (component.equals("..")) {
        if (--depth < 0) {
          throw new Refused("leaves the root");
        }
      } else if (!component.isEmpty() && !component.equals(".")) {
        checkLength(component);
        depth++;
      }
    }
  }

  /** Checks the name of a source: relative and normalised. */
  static void checkSource(String name) throws Refused {
    checkText(name);
    if (name.startsWith("/")) {
      throw new Refused("is absolute; sources lie beside the template");
    }
    for (String component : name.split("/", -1)) {
      if (component.isEmpty() || component.equals(".")) {
        throw new Refused("has an empty component");
      }
      checkComponent(component);
    }
  }

  static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** The last part of a path: of {@code /usr/bin/x} it is {@code x}. */
  public static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static void checkText(String text) throws Refused {
    if (text.isEmpty()) {
      throw new Refused("is empty");
    }
    if (Text.hasControl(text)) {
      throw new Refused("has a control character");
    }
    if (exceeds(text, MAX_PATH)) {
      throw new Refused("is longer than " + MAX_PATH + " bytes");
    }
  }

  private static void checkComponent(String component) throws Refused {
    if (component.equals("..")) {
      throw new Refused("goes up with '..'");
    }
    checkLength(component);
  }

  private static void checkLength(String component) throws Refused {
    if (exceeds(component, MAX_COMPONENT)) {
      throw new Refused("has a name longer than " + MAX_COMPONENT + " bytes");
    }
  }

  /** Whether the text has more bytes of UTF-8; one char is three at most. */
  private static boolean exceeds(String text, int limit) {
    return text.length() > limit
        || (text.length() * 3 > limit && text.getBytes(StandardCharsets.UTF_8).length > limit);
  }
}
