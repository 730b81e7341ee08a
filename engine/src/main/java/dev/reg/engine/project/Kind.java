package dev.reg.engine.project;

import dev.reg.template.Yaml.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a scalar is by the core schema of YAML (1.2.2, 10.3.2), which is what editors go by: what
 * has quotes is text, and so is what looks like nothing else.
 */
enum Kind {
  NOTHING("nothing"),
  TRUTH("the boolean "),
  NUMBER("the number "),
  TEXT("");

  private static final Set<String> NOTHINGS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> YES = Set.of("true", "True", "TRUE");
  private static final Set<String> NO = Set.of("false", "False", "FALSE");
  private static final Pattern OTHER_BASE = Pattern.compile("0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern FINITE =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

  /** Digits before and after the point that a number is written out with. */
  private static final int LONGEST_NUMBER = 40;

  private final String words;

  Kind(String words) {
    this.words = words;
  }

  static Kind of(Scalar scalar) {
    String text = scalar.text();
    if (!scalar.plain()) {
      return TEXT;
    }
    if (NOTHINGS.contains(text)) {
      return NOTHING;
    }
    if (YES.contains(text) || NO.contains(text)) {
      return TRUTH;
    }
    boolean number =
        FINITE.matcher(text).matches()
            || OTHER_BASE.matcher(text).matches()
            || NOT_FINITE.matcher(text).matches();
    return number ? NUMBER : TEXT;
  }

  /** Begins a message's name of a scalar of this kind. */
  String words() {
    return words;
  }

  /** Whether it says yes; no for everything else. */
  static boolean isYes(Scalar scalar) {
    return of(scalar) == TRUTH && YES.contains(scalar.text());
  }

  /**
   * The value of a number as plain decimal digits, as {@code 16} for {@code 0x10} and {@code 1e6}'s
   * seven; the text itself of anything else, and of a number whose digits would be too many.
   */
  static String digits(Scalar scalar) {
    String text = scalar.text();
    if (of(scalar) != NUMBER || text.length() > LONGEST_NUMBER) {
      return text;
    }
    if (OTHER_BASE.matcher(text).matches()) {
      return new BigInteger(text.substring(2), text.charAt(1) == 'x' ? 16 : 8).toString();
    }
    if (!FINITE.matcher(text).matches()) {
      return text;
    }
    try {
      BigDecimal value = new BigDecimal(text);
      boolean writable =
          value.precision() <= LONGEST_NUMBER && Math.abs((long) value.scale()) <= LONGEST_NUMBER;
      return writable ? value.stripTrailingZeros().toPlainString() : text;
    } catch (NumberFormatException e) {
      return text;
    }
  }
}
