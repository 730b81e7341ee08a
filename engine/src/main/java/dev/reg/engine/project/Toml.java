package dev.reg.engine.project;

import dev.reg.template.Text;
import dev.reg.template.Yaml;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** TOML as the same nodes that YAML is read into, so that one reader serves both. */
final class Toml {
  /**
   * The parser goes down with every bracket. Those within text are counted, too: nobody has that
   * many that are not closed.
   */
  private static final int MOST_OPEN = 64;

  private Toml() {}

  /**
   * Reads a document.
   *
   * @param line what precedes the first line where the person sees it
   * @return null when there are mistakes
   */
  static @Nullable TomlTable parse(String text, int line, Mistakes.Collector mistakes) {
    int open = 0;
    int at = line + 1;
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '[', '{' -> open++;
        case ']', '}' -> open = Math.max(0, open - 1);
        case '\n' -> at++;
        default -> {}
      }
      if (open > MOST_OPEN) {
        mistakes.add(at, "it is nested more than " + MOST_OPEN + " deep");
        return null;
      }
    }
    TomlParseResult result = org.tomlj.Toml.parse(text);
    result
        .errors()
        .forEach(
            error ->
                mistakes.add(
                    line + error.position().line(),
                    Text.plain(String.valueOf(error.getMessage()))));
    return result.hasErrors() ? null : result;
  }

  /** The node of a table, its lines being those of the person's file. */
  static Yaml.Mapping mapping(TomlTable table, int line, int at) {
    List<Yaml.Pair> pairs = new ArrayList<>();
    for (String key : table.keySet()) {
      TomlPosition position = table.inputPositionOf(List.of(key));
      int where = position == null ? at : line + position.line();
      Object value = table.get(List.of(key));
      if (value != null) {
        pairs.add(new Yaml.Pair(new Yaml.Scalar(key, false, where), node(value, line, where)));
      }
    }
    return new Yaml.Mapping(pairs, at);
  }

  private static Yaml.Node node(Object value, int line, int at) {
    return switch (value) {
      case TomlTable table -> mapping(table, line, at);
      case TomlArray array -> {
        List<Yaml.Node> items = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
          items.add(node(array.get(i), line, line + array.inputPositionOf(i).line()));
        }
        yield new Yaml.Sequence(items, at);
      }
      case String text -> new Yaml.Scalar(text, false, at);
      default -> new Yaml.Scalar(String.valueOf(value), true, at);
    };
  }
}
