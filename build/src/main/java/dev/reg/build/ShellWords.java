package dev.reg.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The words of a shell script, command by command, by the quoting rules of sh(1). No grammar: what
 * a script does with them is not known, and nothing is ever run.
 */
final class ShellWords {
  /** Characters of a script that are looked at. */
  static final int LONGEST = 1 << 20;

  private static final Pattern ASSIGNED =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=.*", Pattern.DOTALL);
  private static final Pattern VARIABLE =
      Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_]*)\\}|([A-Za-z_][A-Za-z0-9_]*)");

  private final String text;
  private final List<List<Word>> commands = new ArrayList<>();
  private List<Word> command = new ArrayList<>();
  private List<Part> parts = new ArrayList<>();
  private final StringBuilder plain = new StringBuilder();
  private boolean quoted;
  private boolean begun;

  private ShellWords(String text) {
    this.text = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }

  /** Text, or what only a shell could tell: a variable by its name, or something else. */
  private record Part(String text, boolean isVariable, boolean isUnknown) {}

  /** One word. */
  static final class Word {
    private final List<Part> parts;
    private final boolean quoted;

    private Word(List<Part> parts, boolean quoted) {
      this.parts = List.copyOf(parts);
      this.quoted = quoted;
    }

    /** Whether some of it was in quotes. */
    boolean isQuoted() {
      return quoted;
    }

    /** The word as text; null when it has a variable that is not among these, or a command. */
    @Nullable String expand(Map<String, String> variables) {
      StringBuilder out = new StringBuilder();
      for (Part part : parts) {
        String text = part.isVariable() ? variables.get(part.text()) : part.text();
        if (text == null || part.isUnknown() || out.length() + text.length() > Paths.LONGEST) {
          return null;
        }
        out.append(text);
      }
      return out.toString();
    }

    /** The variable that the word assigns to; null when it is no assignment. */
    @Nullable String assigned() {
      if (parts.isEmpty() || parts.getFirst().isVariable()) {
        return null;
      }
      Matcher matcher = ASSIGNED.matcher(parts.getFirst().text());
      return matcher.matches() ? matcher.group(1) : null;
    }
  }

  /** Every command, its keywords among its words, in the order of the text. */
  static List<List<Word>> commands(String script) {
    ShellWords words = new ShellWords(script);
    words.read();
    return words.commands;
  }

  private void read() {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> i = escaped(i);
        case '\'' -> i = single(i + 1);
        case '"' -> i = inDouble(i + 1);
        case '$' -> i = dollar(i + 1);
        case '`' -> i = unknown(i + 1, '`');
        case '#' -> i = begun ? character(c, i) : lineEnd(i);
        case ' ', '\t', '\r' -> {
          endWord();
          i++;
        }
        case '\n', ';', '&', '|', '(', ')' -> {
          endCommand();
          i++;
        }
        default -> i = character(c, i);
      }
    }
    endCommand();
  }

  private int character(char c, int i) {
    begun = true;
    plain.append(c);
    return i + 1;
  }

  private int escaped(int i) {
    if (i + 1 < text.length() && text.charAt(i + 1) != '\n') {
      character(text.charAt(i + 1), i);
      quoted = true;
    }
    return i + 2;
  }

  private int lineEnd(int i) {
    int end = text.indexOf('\n', i);
    return end < 0 ? text.length() : end;
  }

  private int single(int i) {
    begun = true;
    quoted = true;
    int end = text.indexOf('\'', i);
    end = end < 0 ? text.length() : end;
    plain.append(text, i, end);
    return end + 1;
  }

  private int inDouble(int from) {
    begun = true;
    quoted = true;
    int i = from;
    while (i < text.length() && text.charAt(i) != '"') {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length() && "$`\"\\\n".indexOf(text.charAt(i + 1)) >= 0) {
        if (text.charAt(i + 1) != '\n') {
          plain.append(text.charAt(i + 1));
        }
        i += 2;
      } else if (c == '$') {
        i = dollar(i + 1);
      } else if (c == '`') {
        i = unknown(i + 1, '`');
      } else {
        i = character(c, i);
      }
    }
    return i + 1;
  }

  private int dollar(int i) {
    begun = true;
    Matcher matcher = VARIABLE.matcher(text).region(i, text.length());
    if (matcher.lookingAt()) {
      endPlain();
      String name = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      parts.add(new Part(name, true, false));
      return matcher.end();
    }
    if (i < text.length() && (text.charAt(i) == '(' || text.charAt(i) == '{')) {
      return unknown(i + 1, text.charAt(i) == '(' ? ')' : '}');
    }
    return unknownPart(i + 1);
  }

  /** Up to the closing character, nested ones of round brackets counted. */
  private int unknown(int from, char close) {
    int depth = 1;
    int i = from;
    while (i < text.length() && depth > 0) {
      char c = text.charAt(i++);
      if (c == close) {
        depth--;
      } else if (close == ')' && c == '(') {
        depth++;
      }
    }
    return unknownPart(i);
  }

  private int unknownPart(int next) {
    begun = true;
    endPlain();
    parts.add(new Part("", false, true));
    return next;
  }

  private void endPlain() {
    if (!plain.isEmpty()) {
      parts.add(new Part(plain.toString(), false, false));
      plain.setLength(0);
    }
  }

  private void endWord() {
    if (begun) {
      endPlain();
      command.add(new Word(parts, quoted));
      parts = new ArrayList<>();
      begun = false;
      quoted = false;
    }
  }

  private void endCommand() {
    endWord();
    if (!command.isEmpty()) {
      commands.add(command);
      command = new ArrayList<>();
    }
  }
}
