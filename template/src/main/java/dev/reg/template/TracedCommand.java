package dev.reg.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a template or recipe may say under {@code trace}: commands that are run while it is made.
 */
public final class TracedCommand {
  /** Commands of one template. */
  public static final int MOST = 16;

  /** Words of one command. */
  public static final int MOST_WORDS = 64;

  /** Characters of all words of one command. */
  public static final int LONGEST = 4_096;

  private TracedCommand() {}

  /** What is wrong with the words of a command; null when nothing is. */
  public static @Nullable String fault(List<String> words) {
    if (words.isEmpty() || words.getFirst().isEmpty()) {
      return "a command of trace names no program";
    }
    if (words.size() > MOST_WORDS) {
      return "a command of trace has more than " + MOST_WORDS + " words";
    }
    if (words.stream().mapToInt(String::length).sum() > LONGEST) {
      return "a command of trace has more than " + LONGEST + " characters";
    }
    return words.stream().anyMatch(word -> word.indexOf('\0') >= 0)
        ? "a command of trace has a NUL character"
        : null;
  }

  /** What is wrong with how many there are for a level; null when nothing is. */
  public static @Nullable String fault(Level level, int commands) {
    if (commands > MOST) {
      return "trace has more than " + MOST + " commands";
    }
    if (level == Level.TRACE && commands == 0) {
      return "level trace needs commands under trace, which are run to show it";
    }
    return level != Level.TRACE && commands > 0
        ? "trace has commands, which only the level trace is shown by: declare 'level: trace'"
        : null;
  }
}
