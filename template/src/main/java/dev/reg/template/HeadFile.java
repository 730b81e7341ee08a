package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Accounts.User;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * head.json. Streamed: a data binder would be most of the time the engine needs until it answers.
 */
final class HeadFile {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int FORMAT = 1;

  private HeadFile() {}

  static byte[] write(Head head) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeNumberProperty("format", FORMAT);
      json.writeStringProperty("name", head.name());
      json.writeStringProperty("version", head.version().text());
      json.writeStringProperty("digest", head.digest().toString());
      list(json, "requires", head.requires().stream().map(TemplateRef::toString).toList());
      list(json, "libs", head.libs());
      Execution execution = head.execution();
      if (!execution.accounts().isEmpty()) {
        list(json, "accounts", execution.accounts().stream().map(HeadFile::line).toList());
      }
      if (execution.user() != null) {
        json.writeStringProperty("user", execution.user());
      }
      json.writeStringProperty("level", head.level().toString());
      json.writeObjectPropertyStart("environment");
      execution.environment().forEach(json::writeStringProperty);
      json.writeEndObject();
      list(json, "command", execution.command());
      json.writeNumberProperty("files", head.files());
      json.writeNumberProperty("bytes", head.bytes());
      json.writeStringProperty("created", head.created().toString());
      json.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }

  /** No home has a colon. */
  private static String line(User user) {
    return user.name() + ":" + user.uid() + ":" + user.gid() + ":" + user.home();
  }

  private static User account(String line) throws IOException {
    String[] fields = line.split(":", -1);
    if (fields.length != 4) {
      throw new IOException("not a template's head: an account of " + fields.length + " fields");
    }
    return new User(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), fields[3]);
  }

  private static void list(JsonGenerator json, String name, List<String> items) {
    json.writeArrayPropertyStart(name);
    items.forEach(json::writeString);
    json.writeEndArray();
  }

  /** Throws IOException for everything that {@link #write} would not have written. */
  static Head read(byte[] document) throws IOException {
    Map<String, String> texts = new HashMap<>();
    Map<String, List<String>> lists = new HashMap<>();
    TreeMap<String, String> environment = new TreeMap<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), document)) {
      expect(json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        if (token == JsonToken.START_ARRAY) {
          lists.put(name, strings(json));
        } else if (token == JsonToken.START_OBJECT && name.equals("environment")) {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String variable = json.currentName();
            expect(json.nextToken(), JsonToken.VALUE_STRING);
            environment.put(variable, json.getString());
          }
        } else {
          texts.put(name, json.getString());
        }
      }
      expect(json.currentToken(), JsonToken.END_OBJECT);
      return head(texts, lists, environment);
    } catch (JacksonException | RegException | DateTimeException | IllegalArgumentException e) {
      throw new IOException("not a template's head: " + e.getMessage(), e);
    }
  }

  private static List<String> strings(JsonParser json) throws IOException {
    List<String> items = new ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_STRING) {
      items.add(json.getString());
    }
    expect(json.currentToken(), JsonToken.END_ARRAY);
    return items;
  }

  private static void expect(JsonToken token, JsonToken wanted) throws IOException {
    if (token != wanted) {
      throw new IOException("not a template's head: " + token + " instead of " + wanted);
    }
  }

  private static Head head(
      Map<String, String> texts,
      Map<String, List<String>> lists,
      SortedMap<String, String> environment)
      throws IOException, RegException {
    if (!need(texts, "format").equals(Integer.toString(FORMAT))) {
      throw new IOException("a template's head of another format");
    }
    List<TemplateRef> requires = new ArrayList<>();
    for (String ref : need(lists, "requires")) {
      requires.add(TemplateRef.parse(ref));
    }
    List<User> accounts = new ArrayList<>();
    for (String line : lists.getOrDefault("accounts", List.of())) {
      accounts.add(account(line));
    }
    // Heads of templates stored before there were levels have none.
    Level level =
        Level.of(texts.getOrDefault("level", "none"))
            .orElseThrow(() -> new IOException("a template's head of an unknown level"));
    return new Head(
        need(texts, "name"),
        Version.parse(need(texts, "version")),
        Digest.parse(need(texts, "digest")),
        requires,
        need(lists, "libs"),
        level,
        new Execution(accounts, texts.get("user"), environment, need(lists, "command")),
        Integer.parseInt(need(texts, "files")),
        Long.parseLong(need(texts, "bytes")),
        Instant.parse(need(texts, "created")));
  }

  private static <T> T need(Map<String, T> map, String key) throws IOException {
    T value = map.get(key);
    if (value == null) {
      throw new IOException("not a template's head: no " + key);
    }
    return value;
  }
}
