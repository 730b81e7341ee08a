package dev.reg.build;

import dev.reg.template.WholeCharacters;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;

/** On which line of a document each of its values begins, a mapping's at its key. */
final class NodeLines {
  /** Deeper is nothing that a recipe has; the places there would only fill memory. */
  private static final int DEEPEST = 8;

  private final Map<String, Integer> lines = new HashMap<>();
  private final Deque<Open> open = new ArrayDeque<>();

  private NodeLines() {}

  /** A mapping or list that has not ended. */
  private static final class Open {
    final String place;
    final boolean mapping;
    int items;

    /** The place of the value that comes next, in a mapping whose key was read. */
    @Nullable String next;

    Open(String place, boolean mapping) {
      this.place = place;
      this.mapping = mapping;
    }
  }

  /**
   * By place, as {@link Node} writes it; the first line is 1.
   *
   * @param text a document that could be read
   */
  static Map<String, Integer> of(LoadSettings settings, String text) {
    NodeLines all = new NodeLines();
    for (Event event : new Parse(settings).parseReader(new WholeCharacters(text))) {
      if (event instanceof CollectionEndEvent) {
        all.open.pop();
      } else if (event instanceof NodeEvent) {
        all.node(event);
      }
    }
    return all.lines;
  }

  /** The place of what a mapping has under a key. */
  static String inner(String place, String key) {
    String name = Text.line(key);
    return place.isEmpty() ? name : place + "." + name;
  }

  private void node(Event event) {
    if (open.size() > DEEPEST) {
      if (event instanceof CollectionStartEvent) {
        open.push(new Open("", false));
      }
      return;
    }
    int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    Open above = open.peek();
    String place = "";
    if (above != null && above.mapping && above.next == null) {
      place = inner(above.place, event instanceof ScalarEvent scalar ? scalar.getValue() : "?");
      above.next = place;
    } else if (above != null && above.mapping) {
      place = String.valueOf(above.next);
      above.next = null;
    } else if (above != null) {
      place = above.place + "[" + above.items++ + "]";
    }
    lines.putIfAbsent(place, line);
    if (event instanceof CollectionStartEvent) {
      open.push(new Open(place, event instanceof MappingStartEvent));
    }
  }
}
