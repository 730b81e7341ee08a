package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.regex.Pattern;

/**
 * A wish for a template: a name and a version prefix by whole components; the empty prefix takes
 * any version.
 */
public record TemplateRef(String name, String prefix) {
  static final int MAX_NAME = 64;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9+._-]*");

  public TemplateRef {
    if (!isName(name) || (!prefix.isEmpty() && !Version.isValid(prefix))) {
      throw new IllegalArgumentException("not a template: " + Text.quote(name + "@" + prefix));
    }
  }

  /** Reads {@code NAME} or {@code NAME@VERSION-PREFIX}. */
  public static TemplateRef parse(String text) throws RegException {
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    String prefix = at < 0 ? "" : text.substring(at + 1);
    int colon = name.indexOf(':');
    if (at < 0 && colon > 0 && isName(name.substring(0, colon))) {
      throw new RegException(
          ErrorKind.INVALID,
          Text.quote(text)
              + " names no template: write a version as "
              + Text.quote(name.replace(':', '@')));
    }
    if (!isName(name)) {
      throw new RegException(
          ErrorKind.INVALID,
          Text.quote(text)
              + " names no template: a name is lower case letters, digits and +._- beginning with a"
              + " letter or digit, at most "
              + MAX_NAME
              + " characters");
    }
    if (at >= 0 && !Version.isValid(prefix)) {
      throw new RegException(
          ErrorKind.INVALID,
          Text.quote(text)
              + " names no version: write "
              + name
              + " for any, or "
              + name
              + "@3.11 for one or the highest that begins so");
    }
    return new TemplateRef(name, prefix);
  }

  static boolean isName(String name) {
    return name.length() <= MAX_NAME && NAME.matcher(name).matches();
  }

  public boolean matches(Version version) {
    return version.matches(prefix);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return prefix.isEmpty() ? name : name + "@" + prefix;
  }
}
