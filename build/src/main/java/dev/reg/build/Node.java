package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.NearMisses;
import dev.reg.template.WholeCharacters;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * One value of a YAML document together with its place in it. Scalars are strings. Asking for what
 * has another form adds a problem and yields an empty value, so that a reader finds all problems in
 * one go, each with its line; an absent value is empty without one.
 */
final class Node {
  private final String place;
  private final @Nullable Object value;
  private final Map<String, Integer> lines;
  private final List<String> problems;
  private final Set<String> asked = new HashSet<>();

  private Node(
      String place, @Nullable Object value, Map<String, Integer> lines, List<String> problems) {
    this.place = place;
    this.value = value;
    this.lines = lines;
    this.problems = problems;
  }

  /** Throws INVALID when {@code yaml} is not one YAML document without aliases. */
  static Node parse(String origin, byte[] yaml, List<String> problems) throws RegException {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(origin)
            .setSchema(new FailsafeSchema())
            .setAllowDuplicateKeys(false)
            .setAllowRecursiveKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(RecipeReader.LARGEST)
            .build();
    try {
      if (yaml.length > RecipeReader.LARGEST) {
        throw new YamlEngineException("larger than " + RecipeReader.LARGEST + " bytes");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
      Iterator<Object> documents =
          new Load(settings).loadAllFromReader(new WholeCharacters(text)).iterator();
      Object first = documents.hasNext() ? next(documents) : null;
      if (documents.hasNext()) {
        throw new YamlEngineException("more than one document");
      }
      return new Node("", first, NodeLines.of(settings, text), problems);
    } catch (MarkedYamlEngineException e) {
      String where = e.getProblemMark().map(m -> " in line " + (m.getLine() + 1)).orElse("");
      throw unreadable(origin, e.getProblem() + where, e);
    } catch (YamlEngineException | CharacterCodingException e) {
      throw unreadable(origin, String.valueOf(e.getMessage()), e);
    } catch (StackOverflowError e) {
      throw unreadable(origin, "nested too deeply", e);
    }
  }

  /**
   * What the library fails on beside malformed YAML: an empty node that the failsafe schema gives
   * no tag (NullPointerException), and a tag with an escaped space (IllegalArgumentException).
   */
  private static Object next(Iterator<Object> documents) {
    try {
      return documents.next();
    } catch (NullPointerException | IllegalArgumentException e) {
      throw new YamlEngineException("an anchor or a tag that stands for nothing", e);
    }
  }

  private static RegException unreadable(String origin, String why, Throwable cause) {
    return new RegException(
        ErrorKind.INVALID,
        "cannot read the recipe " + Text.line(origin) + ": it is no YAML: " + Text.line(why),
        cause);
  }

  boolean isPresent() {
    return value != null;
  }

  boolean isList() {
    return value instanceof List;
  }

  boolean isMapping() {
    return value instanceof Map;
  }

  void problem(String what) {
    problem(place, what);
  }

  private void problem(String at, String what) {
    Integer line = lines.get(at);
    String where = line == null ? "" : "line " + line + ": ";
    problems.add(where + (place.isEmpty() ? "the document" : place) + " " + what);
  }

  /** Adds a problem when absent. */
  Node required() {
    if (value == null) {
      problem("is missing");
    }
    return this;
  }

  /** The scalar; null when it is absent or something else. */
  @Nullable String text() {
    if (value instanceof String text) {
      return text;
    }
    if (value != null) {
      problem("must be one value");
    }
    return null;
  }

  /** How many items a list has; none of anything else. */
  int size() {
    return value instanceof List<?> list ? list.size() : 0;
  }

  /** The items of a list. */
  List<Node> items() {
    if (value instanceof List<?> list) {
      return IntStream.range(0, list.size())
          .mapToObj(i -> new Node(place + "[" + i + "]", list.get(i), lines, problems))
          .toList();
    }
    if (value != null) {
      problem("must be a list");
    }
    return List.of();
  }

  /** Key and value of a mapping. */
  Map<Node, Node> entries() {
    Map<Node, Node> out = new LinkedHashMap<>();
    map()
        .forEach(
            (key, item) -> {
              String inner = inner(key);
              out.put(
                  new Node(inner, key, lines, problems), new Node(inner, item, lines, problems));
            });
    return out;
  }

  /** A value of a mapping. */
  Node child(String key) {
    boolean first = asked.isEmpty();
    asked.add(key);
    Map<?, ?> map = value instanceof Map<?, ?> m ? m : first ? map() : Map.of();
    return new Node(inner(key), map.get(key), lines, problems);
  }

  /** Adds a problem for each key that was not asked for. */
  void refuseOthers() {
    if (value instanceof Map<?, ?> map) {
      for (Object key : map.keySet()) {
        if (!(key instanceof String text) || !asked.contains(text)) {
          String name = String.valueOf(key);
          List<String> near = NearMisses.of(name, asked);
          String hint = near.isEmpty() ? "" : "; did you mean " + near.getFirst() + "?";
          problem(inner(name), "has the unknown key " + Text.quote(name) + hint);
        }
      }
    }
  }

  private Map<?, ?> map() {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    if (value != null) {
      problem("must be a mapping");
    }
    return Map.of();
  }

  private String inner(@Nullable Object key) {
    return NodeLines.inner(place, String.valueOf(key));
  }
}
