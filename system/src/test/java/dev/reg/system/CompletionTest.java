package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
      assertThat(offered(script, reg, "reg", "cp", "to-be-c")).isEqualTo("to-be-completed:\n");
    } finally {
      reg.run("remove", "to-be-completed").succeeded();
    }
    assertThat(reg.run("completion", "tcsh").code()).isEqualTo(125);
  }

  @Test
  void fishOffersWhatThereIs() throws IOException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/fish")), "fish is missing: Debian package fish");
    Reg reg = Fixture.shared();
    Path script = Files.createTempFile(Fixture.area(), "completion-", ".fish");
    Files.writeString(script, reg.run("completion", "fish").succeeded().out());
    reg.run("generate", "--name", "to-be-completed", "-tbusybox").succeeded();
    try {
      assertThat(fishOffers(script, reg, "reg exec to-be-c")).isEqualTo("to-be-completed\n");
      assertThat(fishOffers(script, reg, "reg cp to-be-c")).isEqualTo("to-be-completed:\n");
      assertThat(fishOffers(script, reg, "reg run -t nodejs"))
          .startsWith("nodejs\tA runtime")
          .contains("\nnodejs-npm\tA runtime")
          .hasLineCount(2);
    } finally {
      reg.run("remove", "to-be-completed").succeeded();
    }
  }

  private static String fishOffers(Path script, Reg reg, String line) throws IOException {
    String program = "source %s; complete -C $argv[1]".formatted(script);
    ProcessBuilder builder =
        new ProcessBuilder("fish", "--no-config", "-c", program, line)
            .directory(reg.project().toFile());
    builder.environment().put("REG_ROOT", reg.root.toString());
    builder.environment().put("HOME", Fixture.area().toString());
    builder
        .environment()
        .merge("PATH", Reg.installation().resolve("bin").toString(), (old, own) -> own + ":" + old);
    return Reg.finish(builder.start()).succeeded().out();
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
