package dev.reg.engine.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code git check-ignore} says of the same patterns. */
class IgnoreTest {
  private static Ignore ignore(String patterns) throws Refused {
    Ignore.Builder builder = new Ignore.Builder();
    for (String pattern : patterns.split(" ", -1)) {
      builder.add(pattern);
    }
    return builder.build();
  }

  /** A path that ends in a slash is a directory. */
  @ParameterizedTest
  @CsvSource({
    ".git, .git/, true",
    ".git, sub/.git/, true",
    ".git, .gitignore, false",
    "*.pyc, a.pyc, true",
    "*.pyc, x/y/a.pyc, true",
    "*.pyc, a.pyc.txt, false",
    "a*b*c, aXbYc, true",
    "a*b*c, aXbYcd, false",
    "build/, build/, true",
    "build/, x/build/, true",
    "build/, build, false",
    "/top, top, true",
    "/top, x/top, false",
    "doc/*.txt, doc/a.txt, true",
    "doc/*.txt, doc/x/a.txt, false",
    "doc/*.txt, x/doc/a.txt, false",
    "**/foo/bar, foo/bar, true",
    "**/foo/bar, a/b/foo/bar, true",
    "abc/**, abc/, false",
    "abc/**, abc/x, true",
    "abc/**, abc/x/y, true",
    "a/**/b, a/b, true",
    "a/**/b, a/x/y/b, true",
    "a/**/b, a/x/y/bb, false",
    "a/**/b/**/c, a/b/x/b/c, true",
    "foo**bar, fooXbar, true",
    "foo**bar, foo/bar, false",
    "**, x/y, true",
    "?.c, a.c, true",
    "?.c, .c, false",
    "?.c, ☃.c, true",
    "?.c, \uD83D\uDE00.c, true",
    "[a-c]x, bx, true",
    "[a-c]x, dx, false",
    "[!a-c]x, dx, true",
    "[^a-c]x, ax, false",
    "[]x]y, ]y, true",
    "[a-]x, -x, true",
    "'\\*.c', *.c, true",
    "'\\*.c', a.c, false",
    "'\\!a', !a, true",
    "*.log !keep.log, keep.log, false",
    "*.log !keep.log, a.log, true",
    "!a a, a, true",
    "a.b, axb, false",
    "(a|b)+, '(a|b)+', true",
  })
  void aPathIsLeftOutAsGitWould(String patterns, String path, boolean out) throws Exception {
    boolean directory = path.endsWith("/");
    String bare = directory ? path.substring(0, path.length() - 1) : path;
    assertThat(ignore(patterns).matches(bare, directory)).isEqualTo(out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "!", "a//b", "./a", "../a", "a/..", "[a", "[]", "a\\", "a\u0007"})
  void whatIsNoPatternIsRefused(String pattern) {
    assertThatThrownBy(() -> new Ignore.Builder().add(pattern)).isInstanceOf(Refused.class);
  }

  @Test
  void noPatternTakesLongToFail() throws Exception {
    Ignore stars = ignore("*a".repeat(500) + "b");
    Ignore directories = ignore("**/a/".repeat(200) + "b");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(stars.matches("a".repeat(255), false)).isFalse();
          assertThat(directories.matches("a/".repeat(2000) + "c", false)).isFalse();
        });
  }
}
