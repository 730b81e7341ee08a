package dev.reg.engine.completion;

import java.util.List;
import java.util.Locale;

/**
 * What a value or an operand is, as its label in the help says.
 *
 * @param kind one of those below
 * @param words for {@link #WORDS}
 */
record Values(String kind, List<String> words) {
  static final String CONTAINERS = "containers";
  static final String TEMPLATES = "templates";

  /** Paths of the caller's, and containers with a colon behind them. */
  static final String PLACES = "places";

  static final String FILES = "files";
  static final String DIRECTORIES = "directories";
  static final String WORDS = "words";

  /** Takes no value, or no operand. */
  static final Values NONE = new Values("none", List.of());

  /** Anything: nothing can be offered. */
  static final Values ANY = new Values("any", List.of());

  Values {
    words = List.copyOf(words);
  }

  static Values of(String label) {
    if (label.startsWith("CONTAINER")) {
      return new Values(CONTAINERS, List.of());
    }
    if (label.startsWith("NAME[@VERSION]") || label.startsWith("RECIPE")) {
      return new Values(TEMPLATES, List.of());
    }
    // Lower case is to be typed as it stands.
    if (label.indexOf('|') > 0 && label.equals(label.toLowerCase(Locale.ROOT))) {
      return new Values(WORDS, List.of(label.split("\\|", -1)));
    }
    return switch (label) {
      case "FILTER" ->
          new Values(
              WORDS,
              List.of(
                  "name=",
                  "id=",
                  "status=created",
                  "status=running",
                  "status=exited",
                  "exited=",
                  "template=",
                  "ancestor="));
      case "FORMAT" -> new Values(WORDS, List.of("json"));
      case "MODE" -> new Values(WORDS, List.of("rw", "ro", "copy"));
      case "SIGNAL" ->
          new Values(WORDS, List.of("HUP", "INT", "KILL", "QUIT", "TERM", "USR1", "USR2"));
      case "SOURCE", "TARGET" -> new Values(PLACES, List.of());
      case "DIR" -> new Values(DIRECTORIES, List.of());
      case "FILE", "ARCHIVE|LAYOUT", "SCRIPT", "ARGV", "SRC:DST[:ro]" ->
          new Values(FILES, List.of());
      default -> ANY;
    };
  }

  /** As the scripts' functions take it: {@code containers}, {@code words json}. */
  String text() {
    return words.isEmpty() ? kind : kind + " " + String.join(" ", words);
  }
}
