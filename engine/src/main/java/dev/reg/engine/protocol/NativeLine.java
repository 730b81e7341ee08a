package dev.reg.engine.protocol;

/**
 * One line for a terminal out of a message that may contain anything a caller typed or a file said:
 * control characters, which could rewrite the terminal or forge a second line, are spelled out.
 */
public final class NativeLine {
  private NativeLine() {}

  /** The line, with its end. */
  public static String of(String message) {
    StringBuilder line = new StringBuilder(message.length() + 1);
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      if (c >= 0x20 && c != 0x7f && (c < 0x80 || c > 0x9f)) {
        line.append(c);
      } else if (c == '\n') {
        line.append("\\n");
      } else if (c == '\t') {
        line.append("\\t");
      } else {
        line.append("\\x")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      }
    }
    return line.append('\n').toString();
  }
}
