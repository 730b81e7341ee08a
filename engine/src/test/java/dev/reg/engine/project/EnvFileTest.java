package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.reg.engine.project.ProjectFile.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvFileTest {
  private static List<String> mistakes(byte[] document) {
    return catchThrowableOfType(Mistakes.class, () -> EnvFile.read(".env", document)).lines();
  }

  @Test
  void aLineIsAVariableAsItStands() throws Exception {
    String text =
        "\uFEFFA=1\r\n# no=1\n\n  B = x \n\tC=\nD=\"q\" # no comment\nHOME\nE=a=b\nF=${A}\n  #x\nÜ=ü ";
    assertThat(EnvFile.read(".env", text.replace("B = x ", "B= x ").getBytes(UTF_8)))
        .containsExactly(
            new Variable("A", "1"),
            new Variable("B", " x "),
            new Variable("C", ""),
            new Variable("D", "\"q\" # no comment"),
            new Variable("HOME", null),
            new Variable("E", "a=b"),
            new Variable("F", "${A}"),
            new Variable("Ü", "ü "));
    assertThat(EnvFile.read(".env", new byte[0])).isEmpty();
  }

  @Test
  void everyMistakeIsToldWithItsLine() {
    assertThat(mistakes("A=1\nB B=2\n=3\nC\u0000=1\nD E\n".getBytes(UTF_8)))
        .containsExactly(
            ".env:2: white space in the name before '='",
            ".env:3: no name before '='",
            ".env:4: a NUL character",
            ".env:5: white space in the name before '='");
    assertThat(mistakes(new byte[] {'A', '=', (byte) 0xff}))
        .containsExactly(".env: it is not UTF-8");
  }
}
