package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.engine.completion.Completion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The script for bash in a real bash; the whole grammar in all of them. */
class CompletionTest {
  @TempDir Path directory;
  private String program = "";

  @BeforeEach
  void scriptAndProgram() throws IOException {
    Files.writeString(
        directory.resolve("script"),
        Completion.script("bash", Grammar.commandLine()).orElseThrow());
    Path reg = directory.resolve("reg");
    Files.writeString(
        reg,
        """
        #!/bin/sh
        root=
        [ "$1" != --root ] || { root=$2; shift 2; }
        case "$*" in
        '__complete containers') echo "web$root"; echo worker ;;
        '__complete templates') echo python; echo nodejs ;;
        esac
        """);
    Files.setPosixFilePermissions(reg, PosixFilePermissions.fromString("rwxr-xr-x"));
    program = reg.toString();
    Files.createDirectory(directory.resolve("folder"));
  }

  /** What bash offers at the end of a line, of which a word may be empty. */
  private List<String> offered(String line) throws Exception {
    StringBuilder words = new StringBuilder();
    String[] typed = line.split(" ", -1);
    for (String word : typed) {
      words.append(" '").append(word.equals("reg") ? program : word).append('\'');
    }
    String script =
        """
        source ./script
        compopt() { :; }
        COMP_WORDS=(%s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _reg
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(words);
    Process bash =
        new ProcessBuilder("bash", "--norc", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(out).isZero();
    return out.lines().filter(offer -> !offer.isEmpty()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reg ru | run",
        "reg template | template",
        "reg template sh | show sharing",
        "reg remove w | web worker",
        "reg rm we | web",
        "reg rm --fo | --force",
        "reg rm -f web wor | worker",
        "reg --root /r rm we | web/r",
        "reg run -t py | python",
        "reg run --template = n | nodejs",
        "reg run -t python -t n | nodejs",
        "reg create --project-mode c | copy",
        "reg kill -s TE | TERM",
        "reg ps --format j | json",
        "reg ps -f na | name=",
        "reg ps -f st | status=created status=running status=exited",
        "reg ps --filter status = ru | running",
        "reg ps --filter = status = | created running exited",
        "reg ps --filter status = running --la | --last --latest",
        "reg run --project fo | folder",
        "reg run -t python -- fo | folder",
        "reg run -t python -- cat --fo |",
        "reg run -w x fo | folder",
        "reg template build nod | nodejs",
        "reg template build ./fo | ./folder",
        "reg template import fo | folder",
        "reg template build --fr | --from-deb --from-host",
        "reg completion z | zsh",
        "reg cp we | web:",
        "reg cp fo | folder",
        "reg cp -a folder wo | worker:",
        "reg cp web : |",
        "reg cp web : /fo |",
        "reg cp web : /folder fo | folder",
        "reg cp ./fo | ./folder",
        "reg exec we | web",
        "reg exec web wo |",
        "reg exec web -- wo |",
        "reg exec web --no |",
        "reg exec --no | --no-tty",
        "reg logs web wo |",
        "reg restart web wo | worker",
        "reg top web -o |",
        "reg template import folder --na | --name",
        "reg nonsense x |",
        "reg logs --tail 5 wo | worker",
        "reg __c |",
      })
  void bashOffers(String line, String expected) throws Exception {
    List<String> words = expected == null ? List.of() : Arrays.asList(expected.split(" ", -1));
    assertThat(offered(line)).containsExactlyInAnyOrderElementsOf(words);
  }

  @Test
  void everyCommandAndOptionIsOffered() throws Exception {
    assertThat(offered("reg "))
        .containsExactlyInAnyOrderElementsOf(
            Grammar.commandLine().getSubcommands().keySet().stream()
                .filter(name -> !name.equals(NamesCommand.NAME))
                .toList());
    for (String path : List.of("run", "ps", "template ls", "engine status")) {
      CommandLine at = Grammar.commandLine();
      for (String name : path.split(" ", -1)) {
        at = Objects.requireNonNull(at.getSubcommands().get(name), name);
      }
      List<String> names =
          at.getCommandSpec().options().stream().flatMap(o -> Arrays.stream(o.names())).toList();
      assertThat(offered("reg " + path + " -")).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zsh", "fish"})
  void theOthersHaveTheWholeGrammarToo(String shell) {
    String script = Completion.script(shell, Grammar.commandLine()).orElseThrow();
    Grammar.commandLine().getSubcommands().keySet().stream()
        .filter(name -> !name.equals(NamesCommand.NAME))
        .forEach(name -> assertThat(script).containsPattern("['\\s]" + name + "['\\s:]"));
    assertThat(script).contains("__complete", "Show this.", "template show");
  }

  @Test
  void thereIsNoScriptForOthers() {
    assertThat(Completion.script("tcsh", Grammar.commandLine())).isEmpty();
  }
}
