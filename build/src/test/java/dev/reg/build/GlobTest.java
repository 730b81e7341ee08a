package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /usr/bin/*            | /usr/bin/python3      | true
          /usr/bin/*            | /usr/bin/a/b          | false
          /usr/bin/*            | /usr/bin              | false
          /usr/lib/**           | /usr/lib/a/b/c        | true
          /usr/lib/**           | /usr/lib              | false
          /usr/lib/**           | /usr/library          | false
          /usr/**/x             | /usr/a/b/x            | true
          /usr/lib/*.so         | /usr/lib/a.so         | true
          /usr/lib/*.so         | /usr/lib/aXso         | false
          /a/{b,c.d}/e          | /a/c.d/e              | true
          /a/{b,c.d}/e          | /a/cxd/e              | false
          /a/b?                 | /a/bc                 | true
          /a?b                  | /a/b                  | false
          /a[!x]b               | /a/b                  | false
          /a[!x]b               | /ayb                  | true
          /a[b-d^]              | /a^                   | true
          /a[b-d^]              | /ac                   | true
          /a[b-d^]              | /ae                   | false
          /a,b                  | /a,b                  | true
          /usr/bin/g++          | /usr/bin/g++          | true
          /usr/bin/(a)+         | /usr/bin/a            | false
          """)
  void matches(String glob, String path, boolean expected) {
    assertThat(Glob.of(glob).matches(path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "/a//b",
        "/a/../b",
        "/a[b",
        "/a{b",
        "/a}b",
        "/{a,{b}}",
        "/a\nb",
        "/[z-a]"
      })
  void refuses(String glob) {
    assertThatThrownBy(() -> Glob.of(glob)).isInstanceOf(IllegalArgumentException.class);
  }
}
