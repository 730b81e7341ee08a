package dev.reg.template.provenance;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Names;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one JSON object that somebody else wrote. Messages name what is wrong by its
 * place, never by its text.
 */
final class Properties {
  private static final int LONGEST = 4096;

  /** Also lone surrogates, and what turns the direction of text. */
  private static final String NO_TEXT =
      "\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069";

  private static final Pattern UNREADABLE = Pattern.compile("[" + NO_TEXT + "]");
  private static final Pattern TEXT = Pattern.compile("[^" + NO_TEXT + "]{1," + LONGEST + "}");

  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  private final String where;
  private final Map<String, Object> values;

  /**
   * @param where how messages name the object
   * @param values texts, whole numbers, truth values and lists of texts
   */
  Properties(String where, Map<String, Object> values) {
    this.where = where;
    this.values = values;
  }

  /** The beginning of a line, with a question mark for each character that is no text. */
  static String readable(String line) {
    String some = line.isEmpty() ? "?" : line.substring(0, Math.min(line.length(), LONGEST));
    return UNREADABLE.matcher(some).replaceAll("?");
  }

  RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, where + ": " + why);
  }

  @Nullable String optional(String name) throws RegException {
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof String text && TEXT.matcher(text).matches()) {
      return text;
    }
    throw invalid(name + " is no line of text");
  }

  String text(String name) throws RegException {
    String text = optional(name);
    if (text == null) {
      throw invalid(name + " is missing");
    }
    return text;
  }

  /** As {@link #text(String)}, of a form. */
  String text(String name, Pattern form) throws RegException {
    return checked(name, text(name), form);
  }

  private String checked(String name, String text, Pattern form) throws RegException {
    if (!form.matcher(text).matches()) {
      throw invalid(name + " has not the form of one");
    }
    return text;
  }

  String digest(String name) throws RegException {
    return text(name, DIGEST);
  }

  @Nullable String optionalDigest(String name) throws RegException {
    return values.containsKey(name) ? digest(name) : null;
  }

  /** Of a container. */
  String path(String name) throws RegException {
    String path = text(name);
    if (Names.pathFault(path) != null) {
      throw invalid(name + " is no path of a container");
    }
    return path;
  }

  /** Empty when there is none. */
  List<String> list(String name, Pattern form) throws RegException {
    Object value = values.getOrDefault(name, List.of());
    if (!(value instanceof List<?> list)) {
      throw invalid(name + " is no list");
    }
    List<String> texts = list.stream().map(String::valueOf).toList();
    for (String text : texts) {
      checked(name, text, form);
    }
    return texts;
  }

  boolean flag(String name) throws RegException {
    if (values.get(name) instanceof Boolean flag) {
      return flag;
    }
    throw invalid(name + " is neither true nor false");
  }

  /** Null when there is none; from 0 to below {@code end}. */
  @Nullable Integer index(String name, int end) throws RegException {
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof Integer number && number >= 0 && number < end) {
      return number;
    }
    throw invalid(name + " is none of " + end);
  }
}
