package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell decides: a table for people, and random lines for what nobody thought of. */
class WordsTest {
  /** Line, then its words between bars; {@code ^} stands for a newline. */
  private static final String TABLE =
      """
      a b  c             |a|b|c|
        a\t^              |a|
      ''                 ||
      '' ""              |||
      a''b               |ab|
      'a b'"c d"e\\ f     |a bc de f|
      'it'\\''s'          |it's|
      "it's"             |it's|
      '"'                |"|
      "\\"\\$\\`\\\\\\a"     |"$`\\\\a|
      '\\a'               |\\a|
      a\\^b               |ab|
      a \\^ b             |a|b|
      "a\\^b^c"           |ab^c|
      \\a\\'\\"\\\\         |a'"\\|
      $HOME *.c ~ #no    |$HOME|*.c|~|#no|
      a;b &&d >e         |a;b|&&d|>e|
      --x="y z" -- -     |--x=y z|--|-|
      ä 'ö ü'            |ä|ö ü|
      """;

  @Test
  void wordsAreAsAShellSplitsThem() throws Exception {
    for (String row : TABLE.lines().toList()) {
      int bar = row.indexOf('|', 16);
      String line = row.substring(0, bar).stripTrailing().replace('^', '\n');
      List<String> words =
          List.of(row.substring(bar + 1, row.length() - 1).replace('^', '\n').split("\\|", -1));
      assertThat(Words.split(line)).as(row).isEqualTo(words);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "\t\n ", "\\\n", " \\\n "})
  void aLineWithoutWordsHasNone(String line) throws Exception {
    assertThat(Words.split(line)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "'          , a ' is not closed",
        "a 'b\\'c'  , a ' is not closed",
        "\"         , a \" is not closed",
        "\"a\\\"    , a \" is not closed",
        "\"a\\      , a \" is not closed",
        "a\\        , it ends in a backslash",
      })
  void aLineThatGoesOnIsRefused(String line, String why) {
    assertThatThrownBy(() -> Words.split(line))
        .isInstanceOf(Words.Unfinished.class)
        .hasMessage("cannot be split into words: " + why);
  }

  private static final String PLAIN = "abz019_-./:=@+,^{}]!ä€%";
  private static final String ANY = PLAIN + " \t\n\\\"$`*?[~#;&|<>()'";

  private final Random random = new Random(11);
  @TempDir Path directory;

  private char from(String alphabet) {
    return alphabet.charAt(random.nextInt(alphabet.length()));
  }

  /** A piece of a line that a shell does nothing with but quote removal. */
  private String piece() {
    StringBuilder piece = new StringBuilder();
    int length = random.nextInt(4);
    switch (random.nextInt(6)) {
      case 0 -> piece.append('\\').append(from(ANY));
      case 1 -> {
        piece.append('\'');
        for (int i = 0; i < length; i++) {
          piece.append(from(ANY.replace("'", "")));
        }
        piece.append('\'');
      }
      case 2 -> {
        piece.append('"');
        for (int i = 0; i < length; i++) {
          if (random.nextInt(3) == 0) {
            piece.append('\\').append(from(ANY));
          } else {
            piece.append(from(PLAIN + " \t\n*?~#;&|<>()'"));
          }
        }
        piece.append('"');
      }
      case 3 -> piece.append(" \t".charAt(random.nextInt(2)));
      default -> {
        for (int i = 0; i <= length; i++) {
          piece.append(from(PLAIN));
        }
      }
    }
    return piece.toString();
  }

  @Test
  @SuppressWarnings("OrphanedFormatString") // the shell's format, not Java's
  void randomLinesAreSplitAsByTheShell() throws Exception {
    List<String> lines = new ArrayList<>();
    // Prints how many words there are, and each; all ended by NUL.
    StringBuilder script =
        new StringBuilder("w() { printf '%s\\0' $# ; for a; do printf '%s\\0' \"$a\"; done; }\n");
    for (int i = 0; i < 4_000; i++) {
      StringBuilder line = new StringBuilder();
      for (int n = random.nextInt(8); n > 0; n--) {
        line.append(piece());
      }
      lines.add(line.toString());
      script.append("w ").append(line).append('\n');
    }
    Path file = Files.writeString(directory.resolve("script"), script);
    Process shell =
        new ProcessBuilder("sh", file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).isZero();
    List<String> printed = Arrays.asList(output.split("\0", -1));
    int at = 0;
    for (String line : lines) {
      int count = Integer.parseInt(printed.get(at));
      assertThat(Words.split(line))
          .as("%s", line)
          .isEqualTo(printed.subList(at + 1, at + 1 + count));
      at += 1 + count;
    }
    assertThat(at).isEqualTo(printed.size() - 1);
  }
}
