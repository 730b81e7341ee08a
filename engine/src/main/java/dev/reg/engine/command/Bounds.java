package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ages and sizes as people write them. */
final class Bounds {
  private static final Pattern AGE = Pattern.compile("(\\d{1,6})([smhdw])");
  private static final Pattern AGES = Pattern.compile("(?:" + AGE.pattern() + "){1,8}");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(b|[kmgt]i?b?)?");

  private Bounds() {}

  /** Whether {@link #age} takes it. */
  static boolean isAge(String text) {
    return AGES.matcher(text).matches();
  }

  /** {@code 90s}, {@code 24h}, {@code 7d}, {@code 1d12h}; INVALID for anything else. */
  static Duration age(String option, String text) throws RegException {
    if (!isAge(text)) {
      throw new RegException(
          ErrorKind.INVALID, option + " wants an age such as 90m, 24h or 7d, not '" + text + "'");
    }
    Duration age = Duration.ZERO;
    Matcher part = AGE.matcher(text);
    while (part.find()) {
      long number = Long.parseLong(part.group(1));
      age =
          age.plus(
              switch (part.group(2)) {
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                case "d" -> Duration.ofDays(number);
                default -> Duration.ofDays(7 * number);
              });
    }
    return age;
  }

  /**
   * In bytes: {@code 512m}, {@code 10g}, {@code 10GiB}; units are powers of 1024, as Docker reads
   * them. INVALID for anything else.
   */
  static long size(String option, String text) throws RegException {
    Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (size.matches()) {
      String unit = size.group(2) == null ? "b" : size.group(2);
      int power = "bkmgt".indexOf(unit.charAt(0));
      try {
        return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << (10 * power));
      } catch (ArithmeticException e) {
        // Said below.
      }
    }
    throw new RegException(
        ErrorKind.INVALID, option + " wants a size such as 512m or 10g, not '" + text + "'");
  }
}
