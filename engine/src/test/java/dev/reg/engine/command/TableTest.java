package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
  @Test
  void columnsAreAsWideAsTheirWidestCellAndNothingTrails() {
    Table table = new Table("ID", "STATE", "NAME");
    table.row("1", "Running", "a");
    table.row("12345", "", "longer than its title");
    assertThat(table)
        .hasToString(
            """
            ID     STATE    NAME
            1      Running  a
            12345           longer than its title
            """);
  }

  @Test
  void titlesAloneAreATable() {
    assertThat(new Table("A", "B")).hasToString("A  B\n");
  }

  /** A container's words are its owner's; the terminal they are shown on need not be. */
  @Test
  void nothingInACellReachesTheTerminalAsAControl() {
    Table table = new Table("COMMAND");
    table.row("\u001b[31mred\u009b32m\rx\ny\u007f\0");
    assertThat(table).hasToString("COMMAND\n?[31mred?32m?x?y??\n");
  }

  @ParameterizedTest
  @CsvSource({
    "-PT5S, 0 seconds ago", "PT0S, 0 seconds ago", "PT1.9S, 1 second ago", "PT59S, 59 seconds ago",
    "PT60S, 1 minute ago", "PT59M59S, 59 minutes ago", "PT1H, 1 hour ago", "PT47H59M, 47 hours ago",
    "PT48H, 2 days ago", "P400D, 400 days ago"
  })
  void agesAreRoundedDown(Duration age, String text) {
    assertThat(PsCommand.ago(age)).isEqualTo(text);
  }
}
