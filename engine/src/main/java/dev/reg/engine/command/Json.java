package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What programs read: one object a line, lowerCamelCase. */
final class Json {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static String line(JsonNode node) {
    return MAPPER.writeValueAsString(node) + "\n";
  }

  static String pretty(JsonNode node) {
    return PRETTY.writeValueAsString(node) + "\n";
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
