package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names in a shell, from an engine that runs, and none from one that does not. */
class CompletionTest {
  @Test
  void withoutAnEngineNothingIsOfferedAndNoneIsStarted() throws IOException {
    Reg reg = Fixture.empty();
    Reg.Result result = reg.run("__complete", "containers").succeeded();
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).isEmpty();
    assertThat(reg.root).isEmptyDirectory();
  }

  @Test
  void bashOffersWhatThereIs() throws IOException {
    Reg reg = Fixture.shared();
    Path script = Files.createTempFile(Fixture.area(), "completion-", ".bash");
    Files.writeString(script, reg.run("completion", "bash").succeeded().out());
    reg.run("generate", "--name", "to-be-completed", "-tbusybox").succeeded();
    try {
      assertThat(offered(script, reg, "reg", "inspect", "to-be-c")).isEqualTo("to-be-completed\n");
      assertThat(offered(script, reg, "reg", "run", "-t", "nodejs"))
          .isEqualTo("nodejs\nnodejs-npm\n");
    } finally {
      reg.run("remove", "to-be-completed").succeeded();
    }
    assertThat(reg.run("completion", "tcsh").code()).isEqualTo(125);
  }

  private static String offered(Path script, Reg reg, String... words) throws IOException {
    String program =
        """
        source %s
        compopt() { :; }
        COMP_WORDS=("$@")
        COMP_WORDS[0]=%s
        COMP_CWORD=$(($# - 1))
        _reg
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(script, Reg.installation().resolve("bin/reg"));
    var command = new ArrayList<>(List.of("bash", "--norc", "-c", program, "bash"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("REG_ROOT", reg.root.toString());
    return Reg.finish(builder.start()).succeeded().out();
  }
}
