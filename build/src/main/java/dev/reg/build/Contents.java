package dev.reg.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be seen in a file's bytes of the programs that it runs. */
final class Contents {
  /** Bytes of a script, and of a program, that are looked at. */
  private static final int LONGEST_SCRIPT = 1 << 20;

  private static final int LONGEST_PROGRAM = 128 << 20;
  private static final int LONGEST_NAME = 64;

  private static final Pattern SHELL =
      Pattern.compile("#![ \t]*(?:/usr)?/bin/(?:env[ \t]+)?(?:ba|da|k|z|mk)?sh(?:\\s.*)?");
  private static final Pattern COMMENT = Pattern.compile("(?m)(?:^|(?<=\\s))#.*$");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*|\\[");

  private Contents() {}

  /** Whether the kernel would hand it to an interpreter. */
  static boolean isScript(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(2), new byte[] {'#', '!'});
    }
  }

  /** Whether its first line names a shell. */
  static boolean isShellScript(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String head = new String(in.readNBytes(256), StandardCharsets.ISO_8859_1);
      return SHELL.matcher(head.lines().findFirst().orElse("")).matches();
    }
  }

  /** The words of a shell script, without its comments: the names of what it may run among them. */
  static Set<String> words(Path script) throws IOException {
    Set<String> words = new LinkedHashSet<>();
    try (InputStream in = Files.newInputStream(script)) {
      String text = new String(in.readNBytes(LONGEST_SCRIPT), StandardCharsets.ISO_8859_1);
      Matcher matcher = WORD.matcher(COMMENT.matcher(text).replaceAll(""));
      while (matcher.find()) {
        words.add(matcher.group());
      }
    }
    return words;
  }

  /**
   * Which of these names end a string in a program or library. Names of symbols are among its
   * strings, and the linker lets a name begin within a longer one that ends alike.
   */
  static Set<String> strings(Path program, List<String> names) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    if (Files.size(program) > LONGEST_PROGRAM) {
      return found;
    }
    byte[] bytes = Files.readAllBytes(program);
    for (int from = 0, i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        for (String name : names) {
          if (name.length() <= i - from && matches(bytes, i - name.length(), name)) {
            found.add(name);
          }
        }
        from = i + 1;
      }
    }
    return found;
  }

  /** Which of these names are words in a program, which names there what it runs. */
  static Set<String> mentioned(Path program, Set<String> names) throws IOException {
    Set<String> found = new LinkedHashSet<>();
    if (names.isEmpty() || Files.size(program) > LONGEST_PROGRAM) {
      return found;
    }
    byte[] bytes = Files.readAllBytes(program);
    int from = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || !isOfName(bytes[i])) {
        if (i > from && i - from <= LONGEST_NAME) {
          String word = new String(bytes, from, i - from, StandardCharsets.US_ASCII);
          if (names.contains(word)) {
            found.add(word);
          }
        }
        from = i + 1;
      }
    }
    return found;
  }

  private static boolean isOfName(byte b) {
    return (b >= '0' && b <= '9')
        || (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || b == '-'
        || b == '.'
        || b == '_'
        || b == '+';
  }

  private static boolean matches(byte[] bytes, int from, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (bytes[from + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
