package dev.reg.template;

/** Outside text in a message for a person: quoted, bounded, without control characters. */
public final class Text {
  private static final int LONGEST = 120;

  private Text() {}

  /** In single quotes; cut after 120 characters. */
  public static String quote(String text) {
    StringBuilder out = new StringBuilder(Math.min(text.length(), LONGEST) + 2).append('\'');
    for (int i = 0; i < text.length(); i++) {
      if (out.length() > LONGEST) {
        return out.append("…'").toString();
      }
      char c = text.charAt(i);
      if (isControl(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('\'').toString();
  }

  /** Somebody else's message as one line without control characters. */
  public static String plain(String message) {
    StringBuilder out = new StringBuilder(message.length());
    for (int i = 0; i < message.length(); i++) {
      out.append(isControl(message.charAt(i)) ? ' ' : message.charAt(i));
    }
    return out.toString().strip().replaceAll(" {2,}", " ");
  }

  /** Control characters, line separators and what turns the direction of text. */
  public static boolean isControl(char c) {
    return Character.isISOControl(c)
        || c == '\u2028'
        || c == '\u2029'
        || (c >= '\u202a' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }

  /** Whether any of its characters {@link #isControl}. */
  public static boolean hasControl(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isControl(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }
}
