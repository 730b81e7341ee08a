package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Golden files: a change of what people read shows in a diff. */
class HelpTest {
  /** All commands by their full names, the root's being empty. */
  static Stream<String> commands() {
    List<String> names = new ArrayList<>(List.of(""));
    gather("", Grammar.commandLine(), names);
    return names.stream();
  }

  private static void gather(String above, CommandLine group, List<String> names) {
    group.getSubcommands().values().stream()
        .distinct()
        .forEach(
            command -> {
              String name = (above + " " + command.getCommandName()).strip();
              names.add(name);
              gather(name, command, names);
            });
  }

  private static String golden(String command) throws IOException {
    String name = command.isEmpty() ? "reg" : command.replace(' ', '-');
    try (InputStream in = HelpTest.class.getResourceAsStream("/help/" + name + ".txt")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isAsReviewed(String command) throws Exception {
    assertThat(new Parser().parse(Words.split(command + " --help")).help())
        .isEqualTo(golden(command));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void fitsATerminal(String command) throws Exception {
    assertThat(golden(command).lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  @Test
  void everyCommandOfTheContractIsThere() {
    assertThat(commands())
        .containsExactlyInAnyOrder(
            "",
            "run",
            "generate",
            "exec",
            "cp",
            "rename",
            "top",
            "trace",
            "diff",
            "start",
            "stop",
            "restart",
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
            "template update",
            "template verify",
            "template sharing",
            "template why",
            "template tree",
            "template diff",
            "template size",
            "template sbom",
            "template remove",
            "info",
            "init",
            "outdated",
            "version",
            "prune",
            "doctor",
            "completion",
            "__complete",
            "engine",
            "engine run",
            "engine start",
            "engine stop",
            "engine status");
  }
}
