package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates as Docker's users write them. */
class FormatTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void containers() throws IOException {
    reg = Fixture.shared();
    reg.run("run", "--name", "format-ended", "-tbusybox", "-eA=b", "--", "sh", "-c", "exit 3");
    reg.run("generate", "--name", "format-made", "-tbusybox", "--", "sleep", "1000").succeeded();
  }

  @AfterAll
  static void remove() {
    reg.run("remove", "-f", "format-ended", "format-made").succeeded();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.OOMKilled}} ! exited 3 false false",
        "{{.Name}} {{.Path}} {{json .Args}} ! format-ended sh [\"-c\",\"exit 3\"]",
        "{{json .Config.Cmd}} {{.Config.WorkingDir}} ! [\"sh\",\"-c\",\"exit 3\"] /app",
        "{{.state}} {{.exitCode}} {{.HostConfig.AutoRemove}} ! Stopped 3 false",
      })
  void inspectKnowsDockersNamesAndItsOwn(String template, String expected) {
    assertThat(reg.run("inspect", "-f", template, "format-ended").succeeded().out())
        .isEqualTo(expected + "\n");
  }

  @Test
  void psPrintsALineForEachOrATable() {
    assertThat(reg.run("ps", "-a", "--format", "{{.Names}}: {{.State}}").succeeded().lines())
        .contains("format-ended: exited", "format-made: created");
    String id = reg.inspect("format-made").get("id").asString();
    Reg.Result table = reg.run("ps", "-a", "--format", "table {{.ID}}\\t{{.Names}}\\t{{.Status}}");
    assertThat(table.succeeded().lines().getFirst()).matches("ID +NAMES +STATUS");
    assertThat(table.lines())
        .anyMatch(line -> line.matches(id.substring(0, 12) + " +format-made +Created"))
        .anyMatch(line -> line.matches("\\w+ +format-ended +Exited \\(3\\) .* ago"));
  }

  @Test
  void othersKnowTemplatesToo() {
    assertThat(reg.run("template", "ls", "--format", "{{.Repository}} {{.Tag}}").lines())
        .anyMatch(line -> line.matches("busybox \\d+\\.[\\d.]+"));
    String version = reg.run("version", "--format", "{{.Server.Version}}").succeeded().out();
    assertThat(reg.run("info", "-f", "{{.ServerVersion}}").out()).isEqualTo(version);
    assertThat(reg.run("info", "-f", "{{.Containers}}").out()).matches("[0-9]+\n");
    assertThat(reg.run("doctor", "--format", "{{.Check}} {{.State}}").lines())
        .contains("overlay ok");
  }

  @Test
  void anUnknownFieldIsOneLineWithTheNearOne() {
    Reg.Result result = reg.run("ps", "-a", "--format", "{{.Name}} {{.Statsu}}");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).hasLineCount(1).contains(".Statsu", "did you mean .Status");
    assertThat(reg.run("inspect", "-f", "{{.State", "format-made").code()).isEqualTo(125);
  }
}
