package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class FormatTest {
  private static Fields fields(String name) {
    ObjectNode known = Json.object().put("ID", "4f3c").put("Names", name);
    known.putObject("State").put("ExitCode", 3).put("Running", false).putNull("Health");
    ObjectNode own = Json.object().put("name", name).put("exitCode", 3);
    own.putArray("command").add("sh").add("-c");
    own.putObject("limits").put("memory", 5L << 30);
    return new Fields(known, own);
  }

  private static Format format(String text) throws RegException {
    return Format.of(new Arguments("ps", Map.of(Grammar.FORMAT, List.of(text)), List.of(), null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '`',
      value = {
        "{{.ID}} ! 4f3c",
        "{{ .ID }}={{.Names}} ! 4f3c=web",
        "{{.State.ExitCode}} {{.State.Running}} {{.State.Health}} ! 3 false <no value>",
        "{{.name}} {{.Name}} {{.ExitCode}} ! web web 3",
        "{{.Command}} {{len .Command}} {{.Limits.memory}} ! [sh -c] 2 5368709120",
        "{{json .Command}} {{json .State}} ! [\"sh\",\"-c\"] {\"ExitCode\":3,\"Running\":false,\"Health\":null}",
        "{{.Limits}} ! map[memory:5368709120]",
        "{{upper .Names}} {{.Names | upper}} {{lower .Names}} ! WEB WEB web",
        "{{json .Names}} ! \"web\"",
        "a\\tb{{.ID}}\\n ! `a\tb4f3c\n`",
        "no {{.ID}} brace } or { here ! no 4f3c brace } or { here",
      })
  void templates(String template, String expected) throws RegException {
    String text = expected.replace("\\t", "\t").replace("\\n", "\n");
    assertThat(format(template).render(fields("web"))).isEqualTo(text + "\n");
  }

  @Test
  void tableAloneIsTheCommandsOwn() throws Exception {
    assertThat(format("table").isTemplate()).isFalse();
    assertThat(format("table").isJson()).isFalse();
  }

  @Test
  void oneLineForEach() throws RegException {
    assertThat(format("{{.Names}}").render(List.of(fields("a"), fields("b")))).isEqualTo("a\nb\n");
    assertThat(format("{{.Names}}").render(List.of())).isEmpty();
    assertThat(format("{{json .}}").render(fields("a")))
        .startsWith("{\"name\":\"a\"")
        .endsWith("}\n");
  }

  @Test
  void tablesHaveHeadings() throws RegException {
    assertThat(
            format("table {{.Names}}\\t{{.State.ExitCode}}x\t{{json .ID}}")
                .render(List.of(fields("web"), fields("a-long-name"))))
        .isEqualTo(
            """
            NAMES        EXIT CODEx  ID
            web          3x          "4f3c"
            a-long-name  3x          "4f3c"
            """);
    assertThat(format("table {{.ID}}").render(List.of())).isEqualTo("ID\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '`',
      value = {
        "{{.Nmaes}} ! there is no field .Nmaes; did you mean .Names",
        "{{.State.ExitCod}} ! there is no field .State.ExitCod; did you mean .State.ExitCode?",
        "{{.Ports}} ! there is no field .Ports; there are .ID, .Names, .State, .name",
        "{{.ID.x}} ! there is no field .ID.x; there is nothing below",
      })
  void unknownFieldsAreNamedWithTheNearOnes(String template, String why) throws RegException {
    Format format = format(template);
    assertThatThrownBy(() -> format.render(fields("web")))
        .isInstanceOf(RegException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '`',
      value = {
        "{{.ID ! a {{ is not closed",
        "{{ID}} ! '{{ID}}' is no field",
        "{{range .x}} ! is no field",
        "{{}} ! is no field",
        "{{json}} ! is no field",
        "{{json .X | upper}} ! is no field",
        "{{.A..B}} ! is no field",
        "{{.A.}} ! is no field",
        "yaml ! wants json or a template such as",
      })
  void whatIsNoTemplateIsRefused(String text, String why) {
    assertThatThrownBy(() -> format(text))
        .isInstanceOf(RegException.class)
        .hasMessageContaining(why);
  }

  @Test
  void controlCharactersOfCellsStayInTheirCells() throws RegException {
    assertThat(format("table {{.Names}}").render(fields("a\u001b[1m"))).isEqualTo("NAMES\na?[1m\n");
  }
}
