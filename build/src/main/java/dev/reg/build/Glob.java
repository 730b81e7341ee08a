package dev.reg.build;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern over absolute container paths. {@code *} and {@code ?} stay within a component, {@code
 * **} spans any number of them, {@code [abc]}, {@code [a-z]} and {@code [!a]} match one character,
 * {@code {a,b}} either of its words. {@code /x/**} is everything below /x, not /x itself.
 */
final class Glob {
  /** Characters in a pattern. */
  static final int LONGEST = 1024;

  private final String text;
  private final Pattern pattern;

  private Glob(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /** Throws IllegalArgumentException with the reason when {@code text} is no pattern. */
  static Glob of(String text) {
    if (!text.startsWith("/") || text.length() > LONGEST || Text.hasControl(text)) {
      throw new IllegalArgumentException(
          "must be an absolute path pattern of at most " + LONGEST + " characters");
    }
    if (("/" + text.substring(1) + "/").contains("//") || text.contains("/../")) {
      throw new IllegalArgumentException("has an empty or '..' component");
    }
    try {
      return new Glob(text, Pattern.compile(regex(text)));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("is no pattern: " + e.getDescription(), e);
    }
  }

  private static String regex(String text) {
    StringBuilder out = new StringBuilder(text.length() * 2);
    boolean group = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '*' -> {
          boolean any = text.startsWith("**", i);
          out.append(any ? ".*" : "[^/]*");
          i += any ? 1 : 0;
        }
        case '?' -> out.append("[^/]");
        case '[' -> {
          int end = text.indexOf(']', i + 2);
          if (end < 0) {
            throw new IllegalArgumentException("has a '[' without its ']'");
          }
          out.append(set(text.substring(i + 1, end)));
          i = end;
        }
        case '{' -> {
          if (group) {
            throw new IllegalArgumentException("has a '{' within '{ }'");
          }
          group = true;
          out.append("(?:");
        }
        case '}' -> {
          if (!group) {
            throw new IllegalArgumentException("has a '}' without its '{'");
          }
          group = false;
          out.append(')');
        }
        case ',' -> out.append(group ? "|" : ",");
        default -> out.append(Pattern.quote(String.valueOf(c)));
      }
    }
    if (group) {
      throw new IllegalArgumentException("has a '{' without its '}'");
    }
    return out.toString();
  }

  /** A set never matches a slash, whatever it names. */
  private static String set(String body) {
    boolean not = body.startsWith("!");
    StringBuilder out = new StringBuilder("(?!/)[").append(not ? "^" : "");
    for (int i = not ? 1 : 0; i < body.length(); i++) {
      char c = body.charAt(i);
      out.append(c == '-' || Character.isLetterOrDigit(c) ? "" : "\\").append(c);
    }
    return out.append(']').toString();
  }

  boolean matches(String path) {
    return pattern.matcher(path).matches();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob glob && glob.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
