package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * A YAML document as text with line numbers. Built from the parser's events, not its composer: no
 * scalar is ever anything but text, anchors and aliases are refused where they stand (so there is
 * nothing to expand), and nesting is bounded before the parser's own stacks grow.
 */
final class Yaml {
  static final int MAX_BYTES = 16 * 1024 * 1024;
  private static final int MAX_DEPTH = 8;

  private Yaml() {}

  /** A node; lines count from 1. */
  sealed interface Node {
    int line();
  }

  /**
   * Text.
   *
   * @param plain written without quotes; plain and empty is how YAML writes "nothing"
   */
  record Scalar(String text, boolean plain, int line) implements Node {}

  record Sequence(List<Node> items, int line) implements Node {}

  record Mapping(List<Pair> pairs, int line) implements Node {}

  record Pair(Scalar key, Node value) {}

  /** Reads exactly one document. */
  static Node parse(String origin, byte[] document) throws RegException {
    if (document.length > MAX_BYTES) {
      throw invalid(
          origin, "it has " + document.length + " bytes, more than the " + MAX_BYTES + " allowed");
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(origin)
            .setSchema(new FailsafeSchema())
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(MAX_BYTES)
            .build();
    try {
      return new Builder(origin).build(new Parse(settings).parseString(decode(origin, document)));
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? "is not YAML" : e.getProblem();
      Optional<Mark> mark = e.getProblemMark();
      throw new RegException(
          ErrorKind.INVALID,
          "cannot read template "
              + Text.quote(origin)
              + ": "
              + mark.map(at -> "line " + (at.getLine() + 1) + ": ").orElse("")
              + Text.plain(problem),
          e);
    } catch (YamlEngineException e) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot read template "
              + Text.quote(origin)
              + ": "
              + Text.plain(String.valueOf(e.getMessage())),
          e);
    }
  }

  static RegException invalid(String origin, String problem) {
    return new RegException(
        ErrorKind.INVALID, "cannot read template " + Text.quote(origin) + ": " + problem);
  }

  private static String decode(String origin, byte[] document) throws RegException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(document))
          .toString();
    } catch (CharacterCodingException e) {
      throw invalid(origin, "line " + malformedLine(document) + ": it is not UTF-8");
    }
  }

  /** The line on which decoding stops; only asked for when it did. */
  private static int malformedLine(byte[] document) {
    ByteBuffer in = ByteBuffer.wrap(document);
    StandardCharsets.UTF_8
        .newDecoder()
        .decode(in, java.nio.CharBuffer.allocate(document.length), true);
    int line = 1;
    for (int i = 0; i < in.position(); i++) {
      if (document[i] == '\n') {
        line++;
      }
    }
    return line;
  }

  private static final class Builder {
    private final String origin;
    private final Deque<Open> stack = new ArrayDeque<>();
    private @Nullable Node root;

    Builder(String origin) {
      this.origin = origin;
    }

    /** A collection whose end has not been seen. */
    private static final class Open {
      final @Nullable List<Node> items;
      final @Nullable List<Pair> pairs;
      final int line;
      @Nullable Scalar key;

      Open(boolean mapping, int line) {
        this.items = mapping ? null : new ArrayList<>();
        this.pairs = mapping ? new ArrayList<>() : null;
        this.line = line;
      }

      Node close() {
        return pairs != null
            ? new Mapping(pairs, line)
            : new Sequence(items == null ? List.of() : items, line);
      }
    }

    Node build(Iterable<Event> events) throws RegException {
      int documents = 0;
      for (Event event : events) {
        int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        if (event instanceof NodeEvent node
            && (event instanceof AliasEvent || node.getAnchor().isPresent())) {
          throw at(line, "anchors and aliases are not allowed");
        }
        switch (event.getEventId()) {
          case DocumentStart -> {
            if (++documents > 1) {
              throw at(line, "a second document begins; a template is one");
            }
          }
          case Scalar -> scalar((ScalarEvent) event, line);
          case MappingStart -> open(((MappingStartEvent) event).getTag(), true, line);
          case SequenceStart -> open(((SequenceStartEvent) event).getTag(), false, line);
          case MappingEnd, SequenceEnd -> put(stack.pop().close());
          case StreamStart, StreamEnd, DocumentEnd, Comment, Alias -> {}
        }
      }
      if (root == null) {
        throw invalid(origin, "it is empty");
      }
      return root;
    }

    private void scalar(ScalarEvent event, int line) throws RegException {
      checkTag(event.getTag(), line);
      put(new Scalar(event.getValue(), event.getScalarStyle() == ScalarStyle.PLAIN, line));
    }

    private void open(Optional<String> tag, boolean mapping, int line) throws RegException {
      checkTag(tag, line);
      if (stack.size() >= MAX_DEPTH) {
        throw at(line, "it is nested more than " + MAX_DEPTH + " deep");
      }
      Open parent = stack.peek();
      if (parent != null && parent.pairs != null && parent.key == null) {
        throw at(line, "a key must be text");
      }
      stack.push(new Open(mapping, line));
    }

    private void put(Node node) throws RegException {
      Open parent = stack.peek();
      if (parent == null) {
        root = node;
      } else if (parent.items != null) {
        parent.items.add(node);
      } else if (parent.pairs != null) {
        Scalar key = parent.key;
        if (key != null) {
          parent.pairs.add(new Pair(key, node));
          parent.key = null;
        } else if (node instanceof Scalar scalar) {
          parent.key = scalar;
        }
      }
    }

    private void checkTag(Optional<String> tag, int line) throws RegException {
      if (tag.isPresent() && !tag.get().equals("!")) {
        throw at(line, "the tag " + Text.quote(tag.get()) + " is not allowed: every value is text");
      }
    }

    private RegException at(int line, String problem) {
      return invalid(origin, "line " + line + ": " + problem);
    }
  }
}
