package dev.reg.engine.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.build.Recipes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeSliceTest {
  private static final Map<String, String> ORIGINS =
      Map.of(
          "/usr/bin/a'[b]", "another",
          "/usr/bin/tool-1.2", "tool-bin",
          "/usr/bin/tool", "tool",
          "/usr/bin/other", "other",
          "/usr/lib/x/libx.so.1", "libx1",
          "/etc/tool.conf", "tool-common");
  private static final Map<String, String> LINKS =
      Map.of(
          "/usr/bin/tool", "tool-1.2",
          "/usr/bin/other", "nothing",
          "/usr/bin/made-by-nobody", "tool-1.2");

  private static String slice(String template, List<String> command, String... opened) {
    TraceReport report =
        TraceReport.of(
            List.of("base@1", template + "@2"), List.of(), new TreeSet<>(List.of(opened)), ORIGINS);
    return RecipeSlice.of(template, report, command, ORIGINS, LINKS);
  }

  @Test
  void itIsAWholeRecipe(@TempDir Path directory) throws Exception {
    String slice =
        slice(
            "tool",
            List.of("tool", "--name", "a\nb"),
            "/usr/bin/a'[b]",
            "/usr/bin/tool-1.2",
            "/usr/lib/x/libx.so.1",
            "/etc/tool.conf",
            "/etc/made");
    assertThat(slice)
        .contains("# The recipe of a template that has just what one run opened of base@1, tool@2:")
        .contains("#   tool --name a b\n", "# Besides, 1 file that no package has")
        .contains("name: tool-slice\nversion: {package: tool-bin}\n")
        .contains("packages: [another, libx1, tool, tool-bin, tool-common]\n")
        .contains("    - '/usr/bin/a''[[]b]'\n", "    - '/usr/bin/tool'\n")
        .doesNotContain("/usr/bin/other")
        .doesNotContain("made-by-nobody");
    Path file = Files.writeString(directory.resolve("tool-slice.yaml"), slice);
    Recipes.check(file);
  }

  @Test
  void ofACompiledModuleItHasTheSource() {
    Map<String, String> origins =
        Map.of("/usr/bin/python3", "python", "/usr/lib/python3/json/__init__.py", "stdlib");
    TreeSet<String> opened =
        new TreeSet<>(
            List.of(
                "/usr/bin/python3",
                "/usr/lib/python3/json/__pycache__/__init__.cpython-311.pyc",
                "/usr/lib/python3/__pycache__/made.cpython-311.pyc"));
    TraceReport report = TraceReport.of(List.of("python@3"), List.of(), opened, origins);
    assertThat(RecipeSlice.of("python", report, List.of("python3"), origins, Map.of()))
        .contains(
            "    - '/usr/lib/python3/json/__init__.py'\n", "# Besides, 1 file that no package")
        .contains("packages: [python, stdlib]\n")
        .doesNotContain("__pycache__");
  }

  @Test
  void itsVersionIsOfWhatWasRun() {
    assertThat(slice("x", List.of("/opt/run"), "/etc/tool.conf", "/usr/bin/tool-1.2"))
        .contains("{package: tool-bin}");
    assertThat(slice("x", List.of("run"), "/usr/lib/x/libx.so.1")).contains("{package: libx1}");
    assertThat(slice("x", List.of("a'[b]"), "/usr/bin/a'[b]", "/usr/bin/tool-1.2"))
        .contains("{package: another}");
  }

  @Test
  void itsNameIsThatOfATemplate(@TempDir Path directory) throws Exception {
    String slice = slice("t".repeat(64), List.of("tool"), "/usr/bin/tool-1.2");
    String name = "t".repeat(58) + "-slice";
    assertThat(slice).contains("name: " + name + "\n");
    Recipes.check(Files.writeString(directory.resolve(name + ".yaml"), slice));
  }

  @Test
  void ofNoPackageThereIsNoRecipe() {
    assertThat(slice("x", List.of("run"), "/etc/made").lines())
        .allMatch(line -> line.startsWith("#"));
  }
}
