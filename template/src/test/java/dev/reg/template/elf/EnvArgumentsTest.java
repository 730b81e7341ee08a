package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What env(1) of GNU coreutils runs, given the rest of a script's first line. */
class EnvArgumentsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      value = {
        "python3               → python3 →",
        // The kernel hands over one argument, whatever spaces it has.
        "python3 -x            → python3 -x →",
        "``                    → →",
        "-i                    → →",
        "-uS python3           → →",
        "A=1                   → →",
        "-S python3 -x         → python3 →",
        "-Spython3             → python3 →",
        "-vS python3           → python3 →",
        "-iS python3           → python3 →",
        "--split-string=node x → node →",
        "-S A=1 B= node        → node →",
        "-S PATH=/a:/b node    → node → /a:/b",
        "-S -u HOME node       → node →",
        "-S --unset HOME node  → node →",
        "-S -C /tmp node       → node →",
        "-S --chdir=/tmp node  → node →",
        "-S -i -- node         → node →",
        "-S -- A=1 node        → node →",
        "-S -- -x              → -x →",
        "-S 'a b' c            → a b →",
        "-S \"a b\" c          → a b →",
        "-S a'b'\"c\"          → abc →",
        "-S \"a\\_b\"          → a b →",
        "-S a\\_b              → a →",
        "-S 'a\\_b'            → a\\_b →",
        "-S a\\#b              → a#b →",
        "-S # node             → →",
        "-S node # x           → node →",
        "-S a#b                → a#b →",
        "-S ''                 → `` →",
      })
  void findsTheProgram(@Nullable String argument, @Nullable String program, @Nullable String path) {
    assertThat(EnvArguments.of(argument == null ? "" : argument))
        .isEqualTo(new EnvArguments(program, path));
  }
}
