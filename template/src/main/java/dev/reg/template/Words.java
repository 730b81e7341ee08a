package dev.reg.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Splits a command line into words as a shell does (POSIX Shell Command Language, 2.2 and 2.3), and
 * does nothing else that a shell does: no variables, no patterns, no operators.
 */
public final class Words {
  private final String line;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean inWord;
  private int at;

  private Words(String line) {
    this.line = line;
  }

  /** A line that goes on. The reason follows what names the line. */
  public static final class Unfinished extends Exception {
    private static final long serialVersionUID = 1L;

    private Unfinished(String reason) {
      super("cannot be split into words: " + reason);
    }

    /** Without control characters. */
    public String reason() {
      return Objects.requireNonNull(getMessage());
    }
  }

  /** Refuses a quote that is not closed, and a backslash at the end. */
  public static List<String> split(String line) throws Unfinished {
    return new Words(line).split();
  }

  private List<String> split() throws Unfinished {
    while (at < line.length()) {
      char c = line.charAt(at++);
      switch (c) {
        case ' ', '\t', '\n' -> endWord();
        case '\'' -> singleQuoted();
        case '"' -> doubleQuoted();
        case '\\' -> escaped();
        default -> take(c);
      }
    }
    endWord();
    return words;
  }

  private void take(char c) {
    inWord = true;
    word.append(c);
  }

  private void endWord() {
    if (inWord) {
      words.add(word.toString());
      word.setLength(0);
      inWord = false;
    }
  }

  private void escaped() throws Unfinished {
    if (at == line.length()) {
      throw unfinished("it ends in a backslash");
    }
    char c = line.charAt(at++);
    if (c != '\n') {
      take(c);
    }
  }

  private void singleQuoted() throws Unfinished {
    int end = line.indexOf('\'', at);
    if (end < 0) {
      throw unfinished("a ' is not closed");
    }
    inWord = true;
    word.append(line, at, end);
    at = end + 1;
  }

  /** Within double quotes a backslash counts only before the characters that are special there. */
  private void doubleQuoted() throws Unfinished {
    inWord = true;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '"') {
        return;
      }
      if (c == '\\' && at < line.length() && "$`\"\\\n".indexOf(line.charAt(at)) >= 0) {
        char next = line.charAt(at++);
        if (next != '\n') {
          word.append(next);
        }
      } else {
        word.append(c);
      }
    }
    throw unfinished("a \" is not closed");
  }

  private static Unfinished unfinished(String why) {
    return new Unfinished(why);
  }
}
