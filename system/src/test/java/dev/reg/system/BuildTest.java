package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Templates in the making, and what is left of those that came to nothing. */
class BuildTest {
  private static final String BUSYBOX =
      """
      version: {package: busybox-static}
      packages: [busybox-static]
      include: {bins: [/usr/bin/busybox]}
      links: {/usr/bin/sh: busybox, /usr/bin/sleep: busybox, /usr/bin/mkdir: busybox}
      command: [sh, -c, 'echo made']
      environment: {A: from the recipe}
      """;

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg =
        Fixture.withRecipes(
            Map.of(
                "lost",
                """
                version: {package: busybox-statik}
                packages: [busybox-statik]
                include: {bins: [/usr/bin/busybox]}
                """,
                "poor",
                BUSYBOX.replace("/usr/bin/busybox]", "/usr/bin/busybox, /usr/bin/none]"),
                "broken",
                BUSYBOX
                    + "post: {command: [sh, -c, 'echo what went wrong; exit 3'], output: /out}\n",
                "slow",
                BUSYBOX
                    + "post: {command: [sh, -c, 'mkdir -p /out/usr/share; echo x >"
                    + " /out/usr/share/made; sleep 2'], output: /out}\n"));
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  /** Templates, objects, environments, containers: all of the repository. */
  private static List<String> stored() throws IOException {
    var all = new TreeSet<String>();
    for (String folder :
        List.of("objects", "templates", "environments", "containers", "building")) {
      Path top = reg.root.resolve(folder);
      if (Files.isDirectory(top)) {
        try (var files = Files.walk(top)) {
          files
              .filter(f -> !f.equals(top) && !(f.startsWith("objects") && Files.isDirectory(f)))
              .map(f -> reg.root.relativize(f).toString())
              .filter(f -> !f.matches("objects/(tmp|[0-9a-f]{2})"))
              .forEach(all::add);
        }
      }
    }
    return List.copyOf(all);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(stored()).isEmpty();
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
  }

  private static String refused(String template) {
    return BadInputTest.refusedAfterProgress(reg, template, "run", "--rm", "-t", template);
  }

  @Test
  void aMissingPackageIsNamedWithTheNearOnes() {
    assertThat(refused("lost")).contains("'busybox-statik'", "busybox-static", "Debian");
  }

  @Test
  void aPatternThatMatchesNothingIsNamed() {
    assertThat(refused("poor")).contains("'/usr/bin/none'");
  }

  @Test
  void aStepThatFailsIsToldWithItsCodeAndItsLastWords() {
    assertThat(refused("broken")).contains("exit code 3", "what went wrong");
  }

  @Test
  void nobodyFindsATemplateBeforeItIsWhole() throws Exception {
    Process first = reg.start("run", "--rm", "-t", "slow");
    awaitStep();
    assertThat(reg.run("template", "ls", "-q").out()).isEmpty();
    Process second = reg.start("run", "--rm", "-t", "slow", "--", "sh", "-c", "echo $A");
    assertThat(Reg.finish(first).succeeded().out()).isEqualTo("made\n");
    assertThat(Reg.finish(second).succeeded().out()).isEqualTo("from the recipe\n");
    assertThat(reg.run("template", "show", "slow").out()).contains("/usr/share/made");
    assertThat(reg.root.resolve("environments").toFile().list()).hasSize(1);
    reg.run("template", "remove", "slow").succeeded();
  }

  @Test
  void anEngineThatDiesInABuildLeavesNothing() throws Exception {
    Process build = reg.start("template", "build", "slow");
    awaitStep();
    assertThat(stored()).isNotEmpty();
    Processes.kill(reg.enginePid());
    assertThat(Reg.finish(build).code()).isEqualTo(125);
    assertThat(reg.run("template", "ls", "-q").out()).isEmpty();
    nothingIsLeft();
    assertThat(reg.run("run", "--rm", "-t", "slow").succeeded().out()).isEqualTo("made\n");
    reg.run("template", "remove", "slow").succeeded();
  }

  private static void awaitStep() {
    Await.until(() -> reg.run("ps").out().contains(".build-slow"), () -> reg.run("ps", "-a").out());
  }

  @Test
  void aRecipeOfOnesOwnIsAFileLikeAnyOther() throws IOException {
    Path folder = Fixture.project();
    Reg here = reg.in(folder);
    Files.writeString(folder.resolve("x.yaml"), "name: mine\n" + BUSYBOX);
    assertThat(here.run("template", "build", "./x.yaml").succeeded().out()).startsWith("mine@1.");
    assertThat(here.run("run", "--rm", "-tmine", "--", "busybox", "echo", "42").succeeded().out())
        .isEqualTo("42\n");
    assertThat(here.run("template", "why", "mine", "/usr/bin/busybox").succeeded().out())
        .contains("/usr/bin/busybox of the recipe's bins");
    Files.writeString(folder.resolve("x.yaml"), "name: mine\npackage: []\npackages: [a]\n");
    Reg.Result refused = here.run("template", "build", "./x.yaml");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err())
        .startsWith("reg: cannot use the recipe ./x.yaml: ")
        .contains("line 2: the document has the unknown key 'package'; did you mean packages?");
    here.run("template", "remove", "mine").succeeded();
    here.run("prune").succeeded();
    assertThat(stored()).isEmpty();
  }

  @Test
  void theNameOfABuildsContainerIsNobodyElses() {
    Reg.Result result = reg.run("generate", "--name", ".build-slow", "-t", "nothing");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).contains("'.build-slow'").hasLineCount(1);
  }

  /** The paper's Figure 6 to the letter, with files of today's python beside it. */
  @Test
  void theFileOfThePaperRuns() throws IOException {
    Path folder = Fixture.project();
    try (var figure = BuildTest.class.getResourceAsStream("/figure6.yaml");
        Reg own = Fixture.own()) {
      Files.write(folder.resolve("template.yaml"), figure.readAllBytes());
      own.run("generate", "--name", "source", "-tpython").succeeded();
      Path tree;
      try (var found = Files.newDirectoryStream(own.root.resolve("environments"))) {
        tree = found.iterator().next().resolve("usr");
      }
      Fixture.execute("cp", tree + "/bin/python3.11", folder + "/python");
      Files.createDirectory(folder.resolve("python3.5"));
      Fixture.execute(
          "sh",
          "-c",
          "cp -r $0/*.py $0/encodings $0/collections $0/importlib $1/python3.5",
          tree + "/lib/python3.11",
          folder.toString());
      // Of what the figure lists, python needs these no longer, so its template has not got them.
      for (String lib : List.of("libpthread.so.0", "libdl.so.2", "libutil.so.1")) {
        Path here = Path.of("/lib/x86_64-linux-gnu", lib);
        assumeTrue(Files.exists(here), here + " is needed");
        Fixture.execute("cp", here.toString(), folder.toString());
      }
      Reg here = own.in(folder);
      assertThat(here.run("template", "build", "./template.yaml").succeeded().out())
          .isEqualTo("python@3.5.2\n");
      Reg.Result result =
          here.run(
              "run",
              "--rm",
              "-t",
              "python@3.5.2",
              "-e",
              "PYTHONPATH=/usr/lib/python3.5",
              "-c",
              "/bin/python -c 'import collections; print(6*7)'");
      assertThat(result.succeeded().out()).isEqualTo("42\n");
    }
  }
}
