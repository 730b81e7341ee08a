package dev.reg.engine.project;

import dev.reg.template.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * A pattern for one name, as gitignore(5) has it. Matching takes at most the product of both
 * lengths, whatever the pattern: who writes it need not be who waits for it.
 */
final class NamePattern {
  private sealed interface Token {
    boolean takes(int character);
  }

  private record Literal(int wanted) implements Token {
    @Override
    public boolean takes(int character) {
      return character == wanted;
    }
  }

  private record Any() implements Token {
    @Override
    public boolean takes(int character) {
      return true;
    }
  }

  /** Any number of any characters. */
  private record Star() implements Token {
    @Override
    public boolean takes(int character) {
      return true;
    }
  }

  private record Range(int from, int to) {}

  private record OneOf(List<Range> ranges, boolean not) implements Token {
    @Override
    public boolean takes(int character) {
      for (Range range : ranges) {
        if (range.from <= character && character <= range.to) {
          return !not;
        }
      }
      return not;
    }
  }

  private final List<Token> tokens;

  private NamePattern(List<Token> tokens) {
    this.tokens = List.copyOf(tokens);
  }

  /** Matches the empty name, which nothing has. */
  static NamePattern nothing() {
    return new NamePattern(List.of());
  }

  static NamePattern of(String text) throws Refused {
    int[] all = text.codePoints().toArray();
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < all.length; i++) {
      switch (all[i]) {
        case '*' -> tokens.add(new Star());
        case '?' -> tokens.add(new Any());
        case '[' -> {
          int end = end(all, i, text);
          tokens.add(set(all, i + 1, end));
          i = end;
        }
        case '\\' -> {
          if (++i == all.length) {
            throw new Refused("has a pattern that ends in a backslash: " + Text.quote(text));
          }
          tokens.add(new Literal(all[i]));
        }
        default -> tokens.add(new Literal(all[i]));
      }
    }
    return new NamePattern(tokens);
  }

  /** A bracket that comes first in a set stands for itself. */
  private static int end(int[] all, int start, String text) throws Refused {
    int first = start + 1;
    if (first < all.length && isNot(all[first])) {
      first++;
    }
    for (int i = first + 1; i < all.length; i++) {
      if (all[i] == ']') {
        return i;
      }
    }
    throw new Refused("has a pattern with a '[' without its ']': " + Text.quote(text));
  }

  private static boolean isNot(int character) {
    return character == '!' || character == '^';
  }

  private static Token set(int[] all, int start, int end) {
    boolean not = isNot(all[start]);
    List<Range> ranges = new ArrayList<>();
    int i = not ? start + 1 : start;
    while (i < end) {
      boolean range = i + 2 < end && all[i + 1] == '-';
      ranges.add(new Range(all[i], range ? all[i + 2] : all[i]));
      i += range ? 3 : 1;
    }
    return new OneOf(List.copyOf(ranges), not);
  }

  boolean matches(String name) {
    int[] all = name.codePoints().toArray();
    int token = 0;
    int at = 0;
    int star = -1;
    int resume = 0;
    while (at < all.length) {
      if (token < tokens.size() && tokens.get(token) instanceof Star) {
        star = token++;
        resume = at;
      } else if (token < tokens.size() && tokens.get(token).takes(all[at])) {
        token++;
        at++;
      } else if (star >= 0) {
        // Only the last star can be the one to take more: what an earlier one took was the least.
        token = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (token < tokens.size() && tokens.get(token) instanceof Star) {
      token++;
    }
    return token == tokens.size();
  }
}
