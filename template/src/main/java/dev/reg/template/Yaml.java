package dev.reg.template;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
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
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * A YAML document as text with line numbers. Built from the parser's events, not its composer: no
 * scalar is ever anything but text, anchors and aliases are refused where they stand (so there is
 * nothing to expand), and nesting is bounded before the parser's own stacks grow.
 */
public final class Yaml {
  private static final int MAX_DEPTH = 8;

  /** Texts and collections: however short they are, each takes some 100 bytes of memory. */
  static final int MAX_NODES = 450_000;

  private Yaml() {}

  /** What keeps a document from being one that we read, with a line that counts from 1. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    private Malformed(int line, String problem, @Nullable Throwable cause) {
      super(problem, cause);
      this.line = line;
    }

    /** 0 when it is the whole document's. */
    public int line() {
      return line;
    }

    /** What is wrong, without control characters. */
    public String problem() {
      return Objects.requireNonNull(getMessage());
    }
  }

  /** A node; lines count from 1. */
  public sealed interface Node {
    int line();
  }

  /**
   * Text.
   *
   * @param plain written without quotes; plain and empty is how YAML writes "nothing"
   */
  public record Scalar(String text, boolean plain, int line) implements Node {}

  public record Sequence(List<Node> items, int line) implements Node {}

  public record Mapping(List<Pair> pairs, int line) implements Node {}

  public record Pair(Scalar key, Node value) {}

  /**
   * Reads exactly one document.
   *
   * @param origin how the parser's own messages name it
   * @param most bytes that it may have
   */
  public static Node parse(String origin, byte[] document, int most) throws Malformed {
    if (document.length > most) {
      throw new Malformed(
          0, "it has " + document.length + " bytes, more than the " + most + " allowed", null);
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(origin)
            .setSchema(new FailsafeSchema())
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(most)
            .build();
    try {
      return new Builder()
          .build(new Parse(settings).parseReader(new WholeCharacters(decode(document))));
    } catch (MarkedYamlEngineException e) {
      String problem = e.getProblem() == null ? "is not YAML" : e.getProblem();
      int line = e.getProblemMark().map(at -> at.getLine() + 1).orElse(0);
      throw new Malformed(line, Text.plain(problem), e);
    } catch (YamlEngineException e) {
      throw new Malformed(0, Text.plain(String.valueOf(e.getMessage())), e);
    }
  }

  private static String decode(byte[] document) throws Malformed {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(document))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Malformed(malformedLine(document), "it is not UTF-8", e);
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
    private final Deque<Open> stack = new ArrayDeque<>();
    private @Nullable Node root;

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

    Node build(Iterable<Event> events) throws Malformed {
      int documents = 0;
      int nodes = 0;
      for (Event event : events) {
        int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        if (event instanceof NodeEvent && ++nodes > MAX_NODES) {
          throw at(line, "it has more than " + MAX_NODES + " values");
        }
        if (event instanceof NodeEvent node
            && (event instanceof AliasEvent || node.getAnchor().isPresent())) {
          throw at(line, "anchors and aliases are not allowed");
        }
        switch (event.getEventId()) {
          case DocumentStart -> {
            if (++documents > 1) {
              throw at(line, "a second document begins; there can be only one");
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
        throw new Malformed(0, "it is empty", null);
      }
      return root;
    }

    private void scalar(ScalarEvent event, int line) throws Malformed {
      checkTag(event.getTag(), line);
      put(new Scalar(event.getValue(), event.getScalarStyle() == ScalarStyle.PLAIN, line));
    }

    private void open(Optional<String> tag, boolean mapping, int line) throws Malformed {
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

    private void put(Node node) throws Malformed {
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

    private void checkTag(Optional<String> tag, int line) throws Malformed {
      if (tag.isPresent() && !tag.get().equals("!")) {
        throw at(line, "the tag " + Text.quote(tag.get()) + " is not allowed: every value is text");
      }
    }

    private static Malformed at(int line, String problem) {
      return new Malformed(line, problem, null);
    }
  }
}
