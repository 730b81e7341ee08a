package dev.reg.engine.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TraceReportTest {
  private static final Map<String, String> ORIGINS =
      Map.of(
          "/usr/bin/a", "a",
          "/usr/bin/b", "a",
          "/usr/bin/c", "a",
          "/usr/bin/d", "a",
          "/usr/lib/liba.so.1", "liba1",
          "/usr/share/it's/[x]", "a-data");

  private static TraceReport report(Set<String> closure, Set<String> opened) {
    return TraceReport.of(List.of("a@1"), closure, new TreeSet<>(opened), ORIGINS);
  }

  @Test
  void whatIsOutsideIsAGapWithItsPackage() {
    TraceReport report =
        report(
            Set.of("/usr/bin/a", "/etc/a", "/usr/lib/liba.so.1"),
            Set.of("/usr/bin/a", "/usr/share/it's/[x]", "/usr/share/nobodys"));
    assertThat(report.gaps())
        .isEqualTo(Map.of("/usr/share/it's/[x]", "a-data", "/usr/share/nobodys", ""));
    assertThat(report.untouched()).containsExactly("/etc/a", "/usr/lib/liba.so.1");
    assertThat(report.isComplete()).isFalse();
    assertThat(report.text(true))
        .isEqualTo(
            """
            trace: opened 1 of 3 files of a@1, 2 outside
              outside: /usr/share/it's/[x] (a-data)
              outside: /usr/share/nobodys
              never opened: /etc/a
              never opened: /usr/lib/liba.so.1
            """);
  }

  @Test
  void nothingOutsideIsComplete() {
    TraceReport report = report(Set.of("/usr/bin/a", "/etc/a"), Set.of("/usr/bin/a"));
    assertThat(report.isComplete()).isTrue();
    assertThat(report.text(false)).isEqualTo("trace: opened 1 of 2 files of a@1, 0 outside\n");
  }

  @Test
  void aFloodOfGapsIsCounted() {
    TreeSet<String> opened = new TreeSet<>();
    IntStream.range(0, 60).forEach(i -> opened.add("/usr/share/f" + i));
    assertThat(report(Set.of(), opened).text(false).lines().toList())
        .hasSize(52)
        .last()
        .isEqualTo("  and 10 more outside; --format json lists all");
  }

  @Test
  void aSliceHasWhatPackagesHaveInTheListsOfARecipe() {
    TraceReport report =
        report(
            Set.of("/usr/bin/a", "/etc/made"),
            Set.of("/usr/bin/a", "/etc/made", "/usr/lib/liba.so.1", "/usr/share/it's/[x]"));
    Map<String, String> links =
        Map.of("/usr/bin/b", "a", "/usr/bin/c", "/usr/bin/nothing", "/usr/bin/d", "../bin/./a");
    assertThat(RecipeSlice.of("a", report, List.of("a", "-x\n- y"), ORIGINS, links))
        .isEqualTo(
            """
            # The recipe of a template that has just what one run opened of a@1:
            #   a -x - y
            # Besides, 1 file that no package has: text, concat and post step of a recipe make such.
            # Built by 'reg template build ./FILE'. Environment, user and command are yours to add.
            name: a-slice
            version: {package: a}
            # Only this run showed it to be complete: without this line, the build says what else its libraries open by name.
            level: none
            packages: [a, a-data, liba1]
            include:
              bins:
                - '/usr/bin/a'
                - '/usr/bin/b'
                - '/usr/bin/d'
              data:
                - '/usr/share/it''s/[[]x]'
              libs:
                - '/usr/lib/liba.so.1'
            """);
  }
}
