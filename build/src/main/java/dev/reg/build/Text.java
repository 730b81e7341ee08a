package dev.reg.build;

/** Outside text in a message for a person. */
final class Text {
  private static final int LONGEST = 200;

  private Text() {}

  /** Quoted, at most 200 characters, control characters replaced. */
  static String quote(String text) {
    return "'" + line(text) + "'";
  }

  /** One line, at most 200 characters, control characters replaced. */
  static String line(String text) {
    StringBuilder out = new StringBuilder(Math.min(text.length(), LONGEST));
    for (int i = 0; i < text.length(); i++) {
      if (out.length() == LONGEST) {
        return out.append('…').toString();
      }
      out.append(isControl(text.charAt(i)) ? '?' : text.charAt(i));
    }
    return out.toString();
  }

  static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> isControl((char) c));
  }

  private static boolean isControl(char c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029';
  }
}
