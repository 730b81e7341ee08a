package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "Z9", "0", "web-1", "a_b.c-d", "a..", "deadbeef"})
  void theseAreNames(String name) {
    assertThatCode(() -> Names.check(name)).doesNotThrowAnyException();
  }

  @Test
  void sixtyThreeLettersAreTheLongest() {
    assertThatCode(() -> Names.check("a".repeat(63))).doesNotThrowAnyException();
    assertThatThrownBy(() -> Names.check("a".repeat(64))).isInstanceOf(RegException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "-a", ".a", "_a", "a b", "a/b", "../a", "ä", "a\n", "a\0", "a:b", "١"})
  void theseAreNot(String name) {
    assertThatThrownBy(() -> Names.check(name))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("cannot name a container '" + name + "'");
  }

  @Test
  void generatedNamesAreNamesAndTellThousandsApart() throws Exception {
    Random random = new Random(1);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 2_000; i++) {
      String name = Names.random(random, i % 5);
      Names.check(name);
      assertThat(name).matches(i % 5 < 3 ? "[a-z]+_[a-z]+" : "[a-z]+_[a-z]+_[0-9]+");
      names.add(name);
    }
    assertThat(names).hasSizeGreaterThan(1_500);
  }
}
