package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What programs read: one object a line, lowerCamelCase. */
final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** A pair is one code point, and does not match. */
  private static final Pattern LONE_SURROGATE = Pattern.compile("[\\x{d800}-\\x{dfff}]");

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static String line(JsonNode node) {
    return utf8(MAPPER.writeValueAsString(node)) + "\n";
  }

  static String pretty(JsonNode node) {
    return utf8(PRETTY.writeValueAsString(node)) + "\n";
  }

  /** With what stands for a byte that is no UTF-8 (see NativeText) escaped. */
  private static String utf8(String json) {
    return LONE_SURROGATE.matcher(json).replaceAll(m -> escape(m.group().charAt(0)));
  }

  private static String escape(char c) {
    return "\\\\u" + HexFormat.of().toHexDigits(c);
  }

  /** Whether {@code --format json} was given; INVALID for another format. */
  static boolean wanted(Arguments arguments) throws RegException {
    String format = arguments.one(Grammar.FORMAT);
    if (format == null) {
      return false;
    }
    if (!format.equals("json")) {
      throw new RegException(
          ErrorKind.INVALID, arguments.command() + ": --format wants json, not '" + format + "'");
    }
    return true;
  }
}
