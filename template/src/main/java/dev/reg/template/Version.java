package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.regex.Pattern;

/**
 * A template's version: components of {@code [A-Za-z0-9+~_-]} separated by dots, at most 128
 * characters, always text ({@code 3.10} is not {@code 3.1}).
 *
 * <p>Ordered as Debian orders upstream versions (deb-version(7)): runs of digits numerically, a
 * tilde before everything even the end, letters before other characters. Texts that this order
 * calls equal ({@code 1.0}, {@code 1.00}) are then ordered as strings, so that the order agrees
 * with {@code equals}.
 */
public record Version(String text) implements Comparable<Version> {
  static final int MAX_LENGTH = 128;
  private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9+~_-]+(?:\\.[A-Za-z0-9+~_-]+)*");

  public Version {
    if (!isValid(text)) {
      throw new IllegalArgumentException("not a version: " + Text.quote(text));
    }
  }

  /** As the constructor, for text from outside: INVALID instead of an unchecked exception. */
  public static Version parse(String text) throws RegException {
    if (!isValid(text)) {
      throw new RegException(
          ErrorKind.INVALID,
          Text.quote(text)
              + " is not a version: components of letters, digits and +~_- separated by dots, at"
              + " most "
              + MAX_LENGTH
              + " characters");
    }
    return new Version(text);
  }

  static boolean isValid(String text) {
    return text.length() <= MAX_LENGTH && SYNTAX.matcher(text).matches();
  }

  /**
   * Whether this version is {@code prefix} or continues it with further components: {@code 3.11.2}
   * matches {@code 3}, {@code 3.11} and {@code 3.11.2}, never {@code 3.1}. The empty prefix matches
   * every version.
   */
  public boolean matches(String prefix) {
    return prefix.isEmpty()
        || (text.startsWith(prefix)
            && (text.length() == prefix.length() || text.charAt(prefix.length()) == '.'));
  }

  @Override
  public int compareTo(Version other) {
    int order = compare(text, other.text);
    return order != 0 ? order : text.compareTo(other.text);
  }

  /**
   * The algorithm of deb-version(7), "Sorting algorithm", for one part of a package's version: the
   * upstream version or the revision.
   */
  public static int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while ((i < a.length() && !isDigit(a.charAt(i)))
          || (j < b.length() && !isDigit(b.charAt(j)))) {
        int order = Integer.compare(weight(a, i), weight(b, j));
        if (order != 0) {
          return order;
        }
        i++;
        j++;
      }
      int endA = digits(a, i);
      int endB = digits(b, j);
      int order = compareNumbers(a.substring(i, endA), b.substring(j, endB));
      if (order != 0) {
        return order;
      }
      i = endA;
      j = endB;
    }
    return 0;
  }

  private static int weight(String text, int index) {
    if (index >= text.length() || isDigit(text.charAt(index))) {
      return 0;
    }
    char c = text.charAt(index);
    if (c == '~') {
      return -1;
    }
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? c : c + 256;
  }

  private static int digits(String text, int from) {
    int end = from;
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int compareNumbers(String a, String b) {
    String x = stripZeros(a);
    String y = stripZeros(b);
    return x.length() != y.length() ? Integer.compare(x.length(), y.length()) : x.compareTo(y);
  }

  private static String stripZeros(String digits) {
    int start = 0;
    while (start < digits.length() && digits.charAt(start) == '0') {
      start++;
    }
    return digits.substring(start);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  @Override
  public String toString() {
    return text;
  }
}
