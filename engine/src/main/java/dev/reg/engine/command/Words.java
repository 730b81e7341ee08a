package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a command line into words as a shell does (POSIX Shell Command Language, 2.2 and 2.3), and
 * does nothing else that a shell does: no variables, no patterns, no operators.
 */
final class Words {
  private final String line;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean inWord;
  private int at;

  private Words(String line) {
    this.line = line;
  }

  /** INVALID for a quote that is not closed, or a backslash at the end. */
  static List<String> split(String line) throws RegException {
    return new Words(line).split();
  }

  private List<String> split() throws RegException {
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

  private void escaped() throws RegException {
    if (at == line.length()) {
      throw unfinished("it ends in a backslash");
    }
    char c = line.charAt(at++);
    if (c != '\n') {
      take(c);
    }
  }

  private void singleQuoted() throws RegException {
    int end = line.indexOf('\'', at);
    if (end < 0) {
      throw unfinished("a ' is not closed");
    }
    inWord = true;
    word.append(line, at, end);
    at = end + 1;
  }

  /** Within double quotes a backslash counts only before the characters that are special there. */
  private void doubleQuoted() throws RegException {
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

  private RegException unfinished(String why) {
    return new RegException(
        ErrorKind.INVALID, "run: cannot split the command line given with -c: " + why);
  }
}
