package dev.reg.template.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What env(1) of the GNU coreutils runs, given the one argument that a script's first line can hand
 * it.
 *
 * @param program null when it is to run none
 * @param path where it looks for that, if it was told to set PATH; null when not
 */
record EnvArguments(@Nullable String program, @Nullable String path) {
  private static final Set<String> WITH_VALUE = Set.of("-u", "--unset", "-C", "--chdir");

  static EnvArguments of(String argument) {
    if (argument.startsWith("--split-string=")) {
      return of(words(argument.substring("--split-string=".length())));
    }
    // Of one cluster: -S, -vS, -iS. What follows is split into words.
    int split = argument.startsWith("-") && !argument.startsWith("--") ? argument.indexOf('S') : -1;
    if (split > 0 && argument.substring(1, split).chars().allMatch(c -> c == 'i' || c == 'v')) {
      return of(words(argument.substring(split + 1)));
    }
    return argument.isEmpty() || argument.startsWith("-")
        ? new EnvArguments(null, null)
        : of(List.of(argument));
  }

  private static EnvArguments of(List<String> words) {
    String path = null;
    boolean options = true;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (options && word.equals("--")) {
        options = false;
      } else if (options && word.startsWith("-")) {
        i += WITH_VALUE.contains(word) ? 1 : 0;
      } else if (word.indexOf('=') > 0) {
        options = false;
        path = word.startsWith("PATH=") ? word.substring("PATH=".length()) : path;
      } else {
        return new EnvArguments(word, path);
      }
    }
    return new EnvArguments(null, path);
  }

  /** Quotes and backslashes as env -S has them; variables stay as they are. */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean gap = quote == 0 && (Character.isWhitespace(c) || text.startsWith("\\_", i));
      if (quote == 0 && c == '#' && !begun) {
        break;
      }
      if (gap) {
        i += c == '\\' ? 1 : 0;
        if (begun) {
          words.add(word.toString());
        }
        word.setLength(0);
        begun = false;
        continue;
      }
      begun = true;
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && i + 1 < text.length() && quote != '\'') {
        i++;
        word.append(text.charAt(i) == '_' ? ' ' : text.charAt(i));
      } else {
        word.append(c);
      }
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }
}
