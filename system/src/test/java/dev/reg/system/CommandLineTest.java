package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Help for each command, one line for each mistake, and output that programs can read. */
class CommandLineTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  private static Reg.Result run(String line, String... more) {
    List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
    words.addAll(List.of(more));
    return reg.run(words.toArray(String[]::new));
  }

  private static void refused(Reg.Result result, String... named) {
    assertThat(result.code()).as(result.err()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("reg: ").contains(named).hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "generate",
        "start",
        "stop",
        "kill",
        "remove",
        "ps",
        "inspect",
        "logs",
        "wait",
        "template",
        "template ls",
        "template show",
        "template build",
        "template import",
        "template remove",
        "info",
        "version",
        "engine",
        "engine run",
        "engine start",
        "engine stop",
        "engine status"
      })
  void everyCommandHasHelp(String command) {
    for (String option : List.of("--help", "-h")) {
      Reg.Result help = run(command, option);
      assertThat(help.code()).isZero();
      assertThat(help.err()).isEmpty();
      assertThat(help.out()).startsWith("Usage: reg " + command + " [").contains("-h, --help");
    }
  }

  @Test
  void aliasesAndOptionsAreInTheHelp() {
    assertThat(reg.run("--help").out()).contains("generate, create", "remove, rm");
    assertThat(reg.run().out()).isEqualTo(reg.run("--help").out());
    assertThat(run("create --help").out()).startsWith("Usage: reg generate ");
    assertThat(run("run --help").out())
        .contains("-t, --template NAME[@VERSION]", "--project-mode MODE", "--tmpfs DST")
        .contains("TERM by default", "/app by default");
    assertThat(run("stop --help").out()).contains("-t, --time SECONDS", "10 by default");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "start",
        "stop",
        "kill",
        "remove",
        "inspect",
        "logs",
        "wait",
        "template show",
        "template build",
        "template import",
        "template remove"
      })
  void aCommandWithoutItsOperandIsRefused(String command) {
    refused(run(command), command, "Missing required parameter", "reg " + command + " --help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "logs a b",
        "template show a b",
        "template build a b",
        "ps x",
        "info x",
        "ps --foo",
        "run --foo",
        "foo",
        "template foo",
        "--foo",
        "run --name",
        "run --rm=yes",
        "stop -t"
      })
  void whatIsUnknownOrTooMuchIsRefusedWithAHint(String line) {
    refused(run(line), "--help");
  }

  @Test
  void oneOfSeveralThatFailsKeepsNothingElseFromBeingDone() throws IOException {
    Path folder = Fixture.project();
    Files.writeString(folder.resolve("f"), "f");
    Files.writeString(
        folder.resolve("tiny.yaml"), "name: tiny\nversion: '1'\nfiles: {f: /usr/share/tiny}\n");
    reg.in(folder).run("template", "build", "./tiny.yaml").succeeded();
    Reg.Result templates = reg.run("template", "remove", "nosuch", "tiny");
    assertThat(templates.code()).isEqualTo(125);
    assertThat(templates.err()).contains("nosuch").hasLineCount(1);
    assertThat(templates.out()).isEqualTo("tiny@1\n");
    reg.run("generate", "--name", "one", "-tbusybox").succeeded();
    Reg.Result containers = reg.run("remove", "nosuch", "one");
    assertThat(containers.code()).isEqualTo(125);
    assertThat(containers.err()).contains("nosuch").hasLineCount(1);
    assertThat(containers.out()).isEqualTo("one\n");
  }

  @Test
  void versionsReadTheSameWithAndWithoutAnEngine() throws IOException {
    JsonNode running = JSON.readTree(run("version --format json").succeeded().out());
    Reg none = new Reg(Fixture.area().resolve("no-engine"), Fixture.project());
    JsonNode stopped = JSON.readTree(none.run("version", "--format", "json").succeeded().out());
    assertThat(running.get("version")).isEqualTo(stopped.get("version"));
    assertThat(running.get("running").asBoolean()).isTrue();
    assertThat(stopped.get("running").asBoolean()).isFalse();
    assertThat(none.run("version").out()).isEqualTo(run("version").out());
    assertThat(none.root).doesNotExist();
  }

  @Test
  void listsForProgramsHaveOneObjectALine() {
    reg.run("generate", "--name", "listed", "-tbusybox").succeeded();
    for (String command : List.of("ps -a", "inspect listed", "info", "version", "template ls")) {
      Reg.Result result = run(command, "--format", "json").succeeded();
      assertThat(result.lines()).as(command).isNotEmpty();
      for (String line : result.lines()) {
        JsonNode object = JSON.readTree(line);
        assertThat(object.isObject()).as(command).isTrue();
        object
            .properties()
            .forEach(p -> assertThat(p.getKey()).as(command).matches("[a-z][A-Za-z0-9]*"));
      }
    }
    refused(run("ps --format yaml"), "json", "yaml");
    reg.run("remove", "listed").succeeded();
  }
}
