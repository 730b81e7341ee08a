package dev.reg.template;

import dev.reg.store.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * traces.json: the closure of a template that was traced, by its id, and the commands that were
 * run.
 */
final class TraceFile {
  private static final JsonFactory JSON = new JsonFactory();

  private TraceFile() {}

  static byte[] write(Digest closure, List<List<String>> commands) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("closure", closure.toString());
      json.writeArrayPropertyStart("commands");
      for (List<String> command : commands) {
        json.writeStartArray();
        command.forEach(json::writeString);
        json.writeEndArray();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }

  /** The commands if the file is about that closure; none when it is about another, or damaged. */
  static List<List<String>> read(Digest closure, byte[] document) throws IOException {
    List<List<String>> commands = new ArrayList<>();
    boolean same = false;
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), document)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return List.of();
      }
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        if (name.equals("closure") && token == JsonToken.VALUE_STRING) {
          same = json.getString().equals(closure.toString());
        } else if (name.equals("commands") && token == JsonToken.START_ARRAY) {
          while (json.nextToken() == JsonToken.START_ARRAY) {
            commands.add(words(json));
            same &= json.currentToken() == JsonToken.END_ARRAY;
          }
          same &= json.currentToken() == JsonToken.END_ARRAY;
        } else {
          return List.of();
        }
      }
      return same && json.currentToken() == JsonToken.END_OBJECT
          ? List.copyOf(commands)
          : List.of();
    } catch (JacksonException e) {
      return List.of();
    }
  }

  private static List<String> words(JsonParser json) {
    List<String> words = new ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_STRING) {
      words.add(json.getString());
    }
    return List.copyOf(words);
  }
}
