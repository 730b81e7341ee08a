package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.engine.completion.Completion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts for zsh and fish in these shells; zsh's own completion system is played. */
class OtherShellsTest {
  /** What the functions and builtins of zshcompsys(1) and zshcompwid(1) would do that are used. */
  private static final String ZSH =
      """
      compdef() { : }
      offer() { local word; for word; do [[ $word != ${PREFIX}* ]] || print -r -- $word$suffix; done }
      compadd() {
          local suffix=
          if [[ $1 == -S ]]; then suffix=$2; shift 2; fi
          shift
          offer "$@"
      }
      compset() { PREFIX=${PREFIX#*=} }
      _describe() { local suffix=; offer ${${(P)2}%%:*} }
      _files() { print -rl -- ${PREFIX}*(N) }
      source ./script
      words=(${(ps: :)1})
      [[ $1 != *' ' ]] || words+=('')
      CURRENT=$#words PREFIX=$words[-1]
      _reg
      """;

  private static final String FISH = "source ./script; complete -C $argv[1]";

  @TempDir Path directory;

  @BeforeEach
  void program() throws IOException {
    Path reg = directory.resolve("bin/reg");
    Files.createDirectories(reg.getParent());
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
    Files.createDirectory(directory.resolve("folder"));
  }

  /** The words that are offered at the end of a line. */
  private List<String> offered(String shell, String line) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", shell)),
        shell + " is missing: Debian package " + shell);
    Files.writeString(
        directory.resolve("script"), Completion.script(shell, Grammar.commandLine()).orElseThrow());
    List<String> command =
        shell.equals("zsh")
            ? List.of("zsh", "-f", "-c", ZSH, "zsh", line)
            : List.of("fish", "--no-config", "-c", FISH, line);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder
        .environment()
        .merge("PATH", directory.resolve("bin").toString(), (old, bin) -> bin + ":" + old);
    builder.environment().put("HOME", directory.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isIn(0, 1); // 1: nothing is offered
    return out.lines()
        .map(offer -> offer.replaceFirst("\t.*", "").replaceFirst("^--[a-z]+=", ""))
        .map(offer -> offer.replaceFirst("/$", ""))
        .filter(offer -> !offer.isEmpty())
        .toList();
  }

  private static final String LINES =
      """
      reg ru | run
      reg st | start stop
      reg template sh | show sharing
      reg remove w | web worker
      reg rm --fo | --force
      reg rm -f web wor | worker
      reg --root /r rm we | web/r
      reg run -t py | python
      reg run --template=n | nodejs
      reg run -t python -t n | nodejs
      reg create --project-mode c | copy
      reg kill -s TE | TERM
      reg ps --format j | json
      reg ps -f st | status=created status=running status=exited
      reg run --project fo | folder
      reg run -t python -- fo | folder
      reg run -t python -- cat --fo |
      reg run -w x fo | folder
      reg template import folder --na | --name
      reg completion z | zsh
      reg cp we | web:
      reg cp fo | folder
      reg cp -a folder wo | worker:
      reg cp web:/fo |
      reg cp web:/folder fo | folder
      reg cp ./fo | ./folder
      reg exec we | web
      reg exec web wo |
      reg exec web -- wo |
      reg exec web --no |
      reg exec --no | --no-tty
      reg logs web wo |
      reg logs --tail 5 wo | worker
      reg restart web wo | worker
      reg __c |
      """;

  private void assertOffers(String shell, String line, @Nullable String expected) throws Exception {
    List<String> words = expected == null ? List.of() : Arrays.asList(expected.split(" ", -1));
    assertThat(offered(shell, line)).containsExactlyInAnyOrderElementsOf(words);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = LINES)
  void zshOffers(String line, @Nullable String expected) throws Exception {
    assertOffers("zsh", line, expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = LINES)
  void fishOffers(String line, @Nullable String expected) throws Exception {
    assertOffers("fish", line, expected);
  }
}
