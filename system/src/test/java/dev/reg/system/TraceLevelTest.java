package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Recipes whose templates are to be shown to be complete by commands that are run for it. */
class TraceLevelTest {
  private static final String OUTSIDE = "/usr/share/doc/busybox-static/copyright";

  /** That each command has: enough for those that end, on a machine that does much else. */
  private static final int SECONDS = 8;

  private static final String BUSYBOX =
      """
      version: {package: busybox-static}
      packages: [busybox-static]
      include: {bins: [/usr/bin/busybox]}
      links: {/usr/bin/sh: busybox, /usr/bin/cat: busybox, /usr/bin/sleep: busybox, /usr/bin/id: busybox}
      directories: [{path: /var/lib/data, mode: 1777}]
      accounts: {data: {uid: 933, gid: 933, home: /var/lib/data}}
      user: data
      environment: {A: from the recipe}
      command: [sh]
      level: trace
      trace:
      """;

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg =
        Fixture.withRecipes(
            Map.of(
                "shown",
                BUSYBOX
                    + "  - sh -c '[ \"$A\" = \"from the recipe\" ] && id -u >/var/lib/data/id'\n"
                    + "  - [sh, -c, '[ $(id -u) = 933 ] && [ ! -e /var/lib/data/id ]']\n",
                "gap",
                BUSYBOX + "  - cat /etc/passwd\n  - cat " + OUTSIDE + "\n",
                "broken",
                BUSYBOX + "  - [sh, -c, 'echo what went wrong; exit 3']\n",
                "lost",
                BUSYBOX + "  - no-such-program --help\n",
                "endless",
                BUSYBOX + "  - sh -c 'while :; do sleep 1; done'\n",
                "silent",
                BUSYBOX.replace("trace:\n", "")));
    Files.writeString(reg.root.resolve("engine.yaml"), "trace-seconds: " + SECONDS + "\n");
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(reg.run("template", "ls", "-q").out()).isEmpty();
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
    for (String folder : List.of("objects", "environments", "containers", "building")) {
      Path top = reg.root.resolve(folder);
      if (Files.isDirectory(top)) {
        try (Stream<Path> all = Files.walk(top)) {
          assertThat(all.filter(Files::isRegularFile).toList()).as(folder).isEmpty();
        }
      }
    }
  }

  private static String refused(String template) {
    return BadInputTest.refusedAfterProgress(reg, template, "template", "build", template);
  }

  @Test
  void whatItsCommandsShowIsItsLevel() throws Exception {
    String progress = reg.run("template", "build", "shown").succeeded().err();
    assertThat(progress)
        .contains("reg: shown: tracing sh -c ")
        .containsPattern("reg: shown: complete \\(trace\\), 0 dynamic ELF files\n");
    assertThat(reg.run("template", "show", "shown").succeeded().out())
        .contains("level: trace\n", "trace:\n  - [sh, \"-c\", ");
    String json = reg.run("template", "show", "--format", "json", "shown").succeeded().out();
    JsonNode known = new JsonMapper().readTree(json);
    assertThat(known.get("level").asString()).isEqualTo("trace");
    assertThat(known.get("shown").asString()).isEqualTo("trace");
    assertThat(known.get("traces").size()).isEqualTo(2);
    assertThat(reg.run("template", "ls", "--format", "json").succeeded().out())
        .contains("\"level\":\"trace\"");
    assertThat(reg.run("template", "verify", "shown").succeeded().out())
        .contains(": complete (trace; declared trace)", "  traced: sh -c ");
    reg.run("engine", "stop").succeeded();
    assertThat(reg.run("template", "verify", "shown").succeeded().out())
        .as("another engine knows it, too")
        .contains(": complete (trace; declared trace)");
    assertThat(reg.run("run", "--rm", "--no-project", "-tshown", "-c", "id -u").succeeded().out())
        .isEqualTo("933\n");
    reg.run("template", "remove", "shown").succeeded();
    reg.run("prune").succeeded();
  }

  @Test
  void aFileThatTheRecipeLeavesOutIsNamedWithTheCommand() {
    assertThat(refused("gap"))
        .contains("cannot store gap@", "the level trace", "its trace command cat " + OUTSIDE)
        .contains("opened what it leaves out: " + OUTSIDE + " (busybox-static);");
  }

  @Test
  void aCommandThatFailsIsToldWithItsCodeAndItsLastWords() {
    assertThat(refused("broken"))
        .contains("cannot finish broken@", "its trace command sh -c ")
        .contains("it ended with exit code 3 (what went wrong)");
    assertThat(refused("lost"))
        .contains("cannot finish lost@", "its trace command no-such-program --help failed: ")
        .contains("not found");
  }

  @Test
  void aCommandThatDoesNotEndIsEnded() {
    assertThat(refused("endless"))
        .contains("cannot finish endless@", "its trace command sh -c while :; do sleep 1; done")
        .endsWith(" failed: it took more than " + SECONDS + " s");
  }

  @Test
  void aLevelWithoutCommandsIsRefusedWithItsLine() {
    assertThat(refused("silent"))
        .contains("silent.yaml: line 11: level is refused: level trace needs commands under trace");
  }
}
