package dev.reg.store;

import java.util.HexFormat;

/** Names from outside, made fit for a one-line message. */
final class Text {
  private static final int SHOWN = 200;

  private Text() {}

  /** The text in quotes, control characters escaped, cut after 200 characters. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    int end = Math.min(text.length(), SHOWN);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        out.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c);
      }
    }
    return out.append(end < text.length() ? "…\"" : "\"").toString();
  }
}
