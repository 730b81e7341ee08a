package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Text with fields in it: {@code {{.ID}} is {{.State.Status}}}. Of Go's templates there are fields,
 * also of fields, and before one, or behind it after a bar, one of the functions json, upper, lower
 * and len; no variables, conditions or loops.
 */
final class FormatTemplate {
  private static final Pattern ACTION =
      Pattern.compile(
          "(?:(json|upper|lower|len) +)?"
              + "(\\.|(?:\\.[A-Za-z_][A-Za-z0-9_]*)+)"
              + "(?: *\\| *(json|upper|lower|len))?");

  /** A piece of the text. */
  private sealed interface Part {}

  private record Text(String text) implements Part {}

  /** {@code path} is empty for the whole; {@code function} is empty without one. */
  private record Field(List<String> path, String function) implements Part {}

  private final List<Part> parts;

  private FormatTemplate(List<Part> parts) {
    this.parts = parts;
  }

  /** INVALID for what is not between {{ and }} as said above. */
  static FormatTemplate parse(String text) throws RegException {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf("{{", at);
      if (open < 0) {
        parts.add(new Text(unescaped(text.substring(at))));
        break;
      }
      int close = text.indexOf("}}", open);
      if (close < 0) {
        throw invalid("a {{ is not closed: '" + text.substring(open) + "'");
      }
      if (open > at) {
        parts.add(new Text(unescaped(text.substring(at, open))));
      }
      parts.add(field(text.substring(open + 2, close).strip()));
      at = close + 2;
    }
    return new FormatTemplate(parts);
  }

  private static Field field(String action) throws RegException {
    Matcher matcher = ACTION.matcher(action);
    if (!matcher.matches() || (matcher.group(1) != null && matcher.group(3) != null)) {
      throw invalid(
          "'{{"
              + action
              + "}}' is no field: write {{.Name}}, {{.State.ExitCode}} or {{json .Name}}"
              + " (functions: json, upper, lower, len)");
    }
    String path = matcher.group(2).substring(1);
    String function = matcher.group(1) == null ? matcher.group(3) : matcher.group(1);
    return new Field(
        path.isEmpty() ? List.of() : List.of(path.split("\\.", -1)),
        function == null ? "" : function);
  }

  /** As Docker reads a format: {@code \\t} and {@code \\n} can be written so. */
  private static String unescaped(String text) {
    return text.replace("\\t", "\t").replace("\\n", "\n");
  }

  private static RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, "--format: " + why);
  }

  String render(Fields fields) throws RegException {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Text it -> text.append(it.text());
        case Field it -> text.append(value(fields.get(it.path()), it.function()));
      }
    }
    return text.toString();
  }

  /** The same text with headings in the place of fields: {@code CreatedAt} is CREATED AT. */
  String headings() {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Text it -> text.append(it.text());
        case Field it -> text.append(it.path().isEmpty() ? "" : heading(it.path().getLast()));
      }
    }
    return text.toString();
  }

  private static String heading(String field) {
    return field.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toUpperCase(Locale.ROOT);
  }

  private static String value(JsonNode value, String function) {
    return switch (function) {
      case "json" -> Json.line(value).stripTrailing();
      case "upper" -> plain(value).toUpperCase(Locale.ROOT);
      case "lower" -> plain(value).toLowerCase(Locale.ROOT);
      case "len" -> Integer.toString(value.isContainer() ? value.size() : plain(value).length());
      default -> plain(value);
    };
  }

  /** As Go prints it. */
  private static String plain(JsonNode value) {
    if (value.isNull()) {
      return "<no value>";
    }
    if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      value.forEach(each -> parts.add(plain(each)));
      return "[" + String.join(" ", parts) + "]";
    }
    if (value.isObject()) {
      List<String> parts = new ArrayList<>();
      value.properties().forEach(p -> parts.add(p.getKey() + ":" + plain(p.getValue())));
      return "map[" + String.join(" ", parts) + "]";
    }
    return value.asString();
  }
}
