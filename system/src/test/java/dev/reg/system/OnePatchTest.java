package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A library that is mended once is mended for all: libfix in a first build, and in a second one
 * that defines a symbol version more.
 */
class OnePatchTest {
  private static final String LIB = "/usr/lib/x86_64-linux-gnu/";
  private static final String FIRST = "FIX_1 { global: fix; local: *; };";
  private static final String SECOND = FIRST + " FIX_2 { global: more; } FIX_1;";

  private static final String PROGRAM =
      """
      #include <stdio.h>
      #include <unistd.h>
      int fix(void);
      int main(int count, char **words) {
        printf("build %d\\n", fix());
        fflush(stdout);
        if (count > 1) pause();
        return 0;
      }
      """;

  private Reg reg;
  private Path work;

  @BeforeEach
  void engine() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")));
    reg = Fixture.empty();
    work = Fixture.project();
  }

  @AfterEach
  void close() {
    reg.close();
  }

  private static void compile(Path directory, String code, String... arguments) throws IOException {
    Path source = Files.writeString(directory.resolve("source.c"), code);
    List<String> command = new ArrayList<>(List.of("gcc", source.toString()));
    command.addAll(Arrays.asList(arguments));
    Fixture.execute(command.toArray(String[]::new));
    Files.delete(source);
  }

  /** A library that answers with a number, beside a template. */
  private static Path library(Path directory, int number, String versions, String... arguments)
      throws IOException {
    Path script = Files.writeString(directory.resolve("versions"), versions);
    Path out = directory.resolve("libfix.so.1");
    List<String> all =
        new ArrayList<>(
            List.of(
                "-shared",
                "-fPIC",
                "-Wl,-soname,libfix.so.1",
                "-Wl,--version-script=" + script,
                "-o",
                out.toString()));
    all.addAll(Arrays.asList(arguments));
    compile(
        directory,
        "int fix(void) { return " + number + "; } int more(void) { return 0; }",
        all.toArray(String[]::new));
    return out;
  }

  /** A template with a program that uses libfix, the libraries of this machine beside it. */
  private Path template(String name, int number, String versions, String more) throws IOException {
    Path directory = Files.createDirectory(work.resolve(name));
    Path lib = library(directory, number, versions);
    compile(directory, PROGRAM, lib.toString(), "-o", directory.resolve("program").toString());
    return describe(directory, name, more);
  }

  private static Path describe(Path directory, String name, String more) throws IOException {
    for (String host : List.of("libc.so.6", "ld-linux-x86-64.so.2")) {
      Files.copy(Path.of("/lib/x86_64-linux-gnu", host), directory.resolve(host));
    }
    return Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        name: NAME
        version: 1
        level: loader
        files: {program: {path: /usr/bin/NAME, mode: "0755"}}
        libs:
          - libc@6: {path: LIBlibc.so.6, mode: "0755"}
          - ld-linux-x86-64@2: {path: LIBld-linux-x86-64.so.2, mode: "0755"}
          - libfix@1: {path: LIBlibfix.so.1, mode: "0644"}
        links: {/usr/lib64/ld-linux-x86-64.so.2: LIBld-linux-x86-64.so.2}
        command: [NAME]
        """
                .replace("NAME", name)
                .replace("LIB", LIB)
            + more);
  }

  private Reg.Result build(Path template) {
    return reg.run("template", "build", template.toString()).succeeded();
  }

  private String says(String template) {
    return reg.run("run", "--rm", "--no-project", "-t", template).succeeded().out();
  }

  /** A root with {@code a}, and with {@code c} whose newer build nobody has taken yet. */
  private void leaveSomethingToTake() throws IOException {
    build(template("a", 1, FIRST, ""));
    try (Reg other = Fixture.empty()) {
      other.run("template", "build", template("c", 2, SECOND, "").toString()).succeeded();
      reg.run("engine", "stop").succeeded();
      Fixture.copyTemplate(other.root, reg.root, "c");
    }
  }

  @Test
  void whatAUserBuildsChangesNobodysTemplates() throws Exception {
    leaveSomethingToTake();
    Users users = Users.of(reg, 4243);
    assertThat(outdated(1)).isNotEmpty();
    Reg.Result built = users.as(4242).run("template", "build", "busybox").succeeded();
    assertThat(built.err())
        .contains("reg: the other templates keep their libraries: only root has them replaced\n")
        .doesNotContain("is now the build of");
    assertThat(says("a")).isEqualTo("build 1\n");
    assertThat(reg.run("template", "build", "busybox").succeeded().err())
        .contains("reg: a@1: libfix.so.1 is now the build of c@1");
    assertThat(says("a")).isEqualTo("build 2\n");
  }

  /** The inode that the library has in each environment with a program. */
  private Set<Object> inodes(String program) throws IOException {
    Set<Object> inodes = new TreeSet<>();
    try (Stream<Path> all = Files.list(reg.root.resolve("environments"))) {
      for (Path environment : all.toList()) {
        Path lib = environment.resolve(LIB.substring(1) + "libfix.so.1");
        if (Files.exists(environment.resolve("usr/bin").resolve(program))) {
          inodes.add(Files.getAttribute(lib, "unix:ino"));
        }
      }
    }
    return inodes;
  }

  private List<JsonNode> outdated(int code) {
    Reg.Result result = reg.run("outdated", "--format", "json");
    assertThat(result.code()).as(result.toString()).isEqualTo(code);
    return result.lines().stream().map(line -> new JsonMapper().readTree(line)).toList();
  }

  @Test
  void aFixIsOneFileForTheWholeHost() throws Exception {
    build(template("a", 1, FIRST, ""));
    build(template("b", 1, FIRST, ""));
    String old = onlyObject("a");
    reg.run("run", "-d", "--no-project", "--name", "web", "-t", "a", "--", "a", "wait").succeeded();
    reg.run("run", "--no-project", "--name", "ended", "-t", "b").succeeded();
    assertThat(outdated(0)).isEmpty();

    Reg.Result built = build(template("c", 2, SECOND, ""));
    assertThat(built.out()).isEqualTo("c@1\n");
    assertThat(built.err())
        .contains("reg: a@1: libfix.so.1 is now the build of c@1")
        .contains("reg: b@1: libfix.so.1 is now the build of c@1");
    assertThat(says("a") + says("b") + says("c")).isEqualTo("build 2\n".repeat(3));

    // One inode in all new environments; what runs, and what was stopped, has the old one still.
    assertThat(inodes("c")).hasSize(1);
    assertThat(inodes("a")).hasSize(2).containsAll(inodes("c"));
    assertThat(inodes("b")).hasSize(2).containsAll(inodes("c"));
    assertThat(reg.objects()).containsKey(old);
    assertThat(reg.run("inspect", "--verify", "web").code()).isZero();
    List<JsonNode> rows = outdated(1);
    assertThat(rows.stream().filter(row -> row.get("kind").asString().equals("container")))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("name").asString()).isEqualTo("web");
              assertThat(row.get("library").asString()).isEqualTo("libfix.so.1");
              assertThat(row.get("what").asString()).isEqualTo("stop and start it");
              assertThat(old).startsWith(row.get("has").asString());
            });
    assertThat(rows.stream().filter(row -> row.get("kind").asString().equals("environment")))
        .hasSize(2);
    assertThat(reg.run("outdated").out()).containsPattern("container +web +libfix[.]so[.]1 ");

    reg.run("start", "ended").succeeded();
    reg.run("wait", "ended").succeeded();
    assertThat(reg.run("logs", "ended").out()).isEqualTo("build 2\n");
    reg.run("stop", "web").succeeded();
    reg.run("start", "web").succeeded();
    Await.until(
        () -> reg.run("logs", "web").out().endsWith("build 2\n"),
        () -> reg.run("logs", "web").out());
    assertThat(reg.run("inspect", "--verify", "web").code()).isZero();
    reg.run("prune", "--environments", "--objects").succeeded();
    assertThat(reg.objects()).doesNotContainKey(old);
    assertThat(outdated(0)).isEmpty();
    assertThat(inodes("a")).isEqualTo(inodes("b"));
  }

  /** What is to be done about a container that runs. */
  private String what(String container) {
    return reg.run("outdated", "--format", "json").lines().stream()
        .map(line -> new JsonMapper().readTree(line))
        .filter(row -> row.get("kind").asString().equals("container"))
        .filter(row -> row.get("name").asString().equals(container))
        .map(row -> row.get("what").asString())
        .findFirst()
        .orElse("nothing");
  }

  /** The object of a template's libfix, as it is called on disk. */
  private String onlyObject(String template) {
    String show = reg.run("template", "show", template).succeeded().out();
    Matcher digest =
        Pattern.compile("libfix@1[^}]*?sha256:([0-9a-f]{64})", Pattern.DOTALL).matcher(show);
    assertThat(digest.find()).as(show).isTrue();
    return digest.group(1) + "-644-0";
  }

  @Test
  void aLockKeepsAProjectOnWhatItPins() throws Exception {
    build(template("a", 1, FIRST, ""));
    Path project = Fixture.project();
    Files.writeString(project.resolve("reg.yaml"), "runtime: [a]\n");
    Reg there = reg.in(project);
    there.run("run", "--name", "pinned").succeeded();
    assertThat(project.resolve("reg.lock")).exists();
    build(template("c", 2, SECOND, ""));
    there.run("start", "pinned").succeeded();
    there.run("wait", "pinned").succeeded();
    assertThat(there.run("logs", "pinned").out()).isEqualTo("build 1\n");
    assertThat(there.run("inspect", "--verify", "pinned").code()).isZero();
    assertThat(there.run("run", "--rm").err())
        .contains("reg.lock pins a@1", "'reg generate --update' takes what there is now");
    there.run("generate", "--update").succeeded();
    there.run("start", "pinned").succeeded();
    there.run("wait", "pinned").succeeded();
    assertThat(there.run("logs", "pinned").out()).endsWith("build 2\n");
  }

  @Test
  void aLockKeepsAScriptOnWhatItPins() throws Exception {
    build(template("a", 1, FIRST, ""));
    Path project = Fixture.project();
    Files.createDirectory(project.resolve("tools"));
    Files.writeString(
        project.resolve("tools/s"),
        "# /// script\n# [tool.reg]\n# runtime = \"a\"\n# command = \"a\"\n# ///\n");
    Reg there = reg.in(project);
    there.run("generate", "--update", "--script", "tools/s").succeeded();
    // Its argument, the script, has it wait.
    there.run("run", "-d", "--name", "pinned", "--script", "tools/s").succeeded();
    there.run("stop", "pinned").succeeded();
    build(template("c", 2, SECOND, ""));
    there.run("start", "pinned").succeeded();
    assertThat(what("pinned"))
        .isEqualTo(
            "pinned by LOCK: 'reg generate --update --script FILE'"
                .replace("LOCK", project + "/tools/s.lock")
                .replace("FILE", project + "/tools/s"));
    outdated(0);
    there.run("stop", "pinned").succeeded();
    // From another directory than the script was named from.
    reg.in(Fixture.project()).run("start", "pinned").succeeded();
    Await.until(
        () -> reg.run("logs", "pinned").out().equals("build 1\n".repeat(3)),
        () -> reg.run("logs", "pinned").out());
    reg.run("stop", "pinned").succeeded();
    reg.run("start", "pinned").succeeded();
    there.run("generate", "--update", "--script", "tools/s").succeeded();
    assertThat(what("pinned")).isEqualTo("stop and start it");
    outdated(1);
    reg.run("stop", "pinned").succeeded();
    reg.run("start", "pinned").succeeded();
    Await.until(
        () -> reg.run("logs", "pinned").out().endsWith("build 2\n"),
        () -> reg.run("logs", "pinned").out());
    reg.run("stop", "pinned").succeeded();
  }

  @Test
  void whatWouldLackSomethingKeepsWhatItHasAndTheOthersDoNot() throws Exception {
    Path strange = Files.createDirectories(work.resolve("priv"));
    Path priv = strange.resolve("libpriv.so.1");
    compile(
        strange,
        "int priv(void) { return 0; }",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libpriv.so.1",
        "-o",
        priv.toString());
    build(template("b", 1, FIRST, ""));
    // It has the library that the new build needs, but not where that would look for it.
    Path a = template("a", 1, FIRST, "");
    Files.copy(priv, a.resolveSibling("libpriv.so.1"));
    Files.writeString(
        a,
        Files.readString(a)
            .replace(
                "mode: \"0755\"}}\nlibs",
                "mode: \"0755\"}, libpriv.so.1: /opt/libpriv.so.1}\nlibs"));
    build(a);
    Path d = template("d", 1, FIRST, "");
    Files.copy(priv, d.resolveSibling("libpriv.so.1"));
    String libpriv = "  - libpriv@1: {path: " + LIB + "libpriv.so.1}\nlinks:";
    Files.writeString(d, Files.readString(d).replace("links:", libpriv));
    build(d);
    Path directory = Files.createDirectory(work.resolve("c"));
    Path lib = library(directory, 2, SECOND, "-Wl,--no-as-needed", priv.toString());
    Files.copy(priv, directory.resolve("libpriv.so.1"));
    compile(
        directory,
        PROGRAM,
        lib.toString(),
        priv.toString(),
        "-o",
        directory.resolve("program").toString());
    Path c = describe(directory, "c", "");
    Files.writeString(c, Files.readString(c).replace("links:", libpriv));
    List<String> before = templates();
    Reg.Result built = build(c);
    assertThat(built.err())
        .containsPattern("reg: .*a@1 keeps its libraries: with newer ones, .*libpriv.so.1");
    assertThat(says("a") + says("b") + says("c") + says("d"))
        .isEqualTo("build 1\nbuild 1\nbuild 2\nbuild 2\n");
    assertThat(templates().stream().filter(each -> each.startsWith("a")))
        .isEqualTo(before.stream().filter(each -> each.startsWith("a")).toList());
  }

  private List<String> templates() {
    return reg.run("template", "ls", "--format", "{{.Repository}} {{.ID}}").succeeded().lines();
  }

  @Test
  void whatNobodyCanOrderStaysAndSaysWhy() throws Exception {
    build(template("a", 1, FIRST + " FIX_A { global: more; } FIX_1;", ""));
    build(template("b", 2, SECOND, ""));
    assertThat(says("a")).isEqualTo("build 1\n");
    List<JsonNode> rows = outdated(0);
    assertThat(rows).hasSize(2);
    assertThat(rows.getFirst().get("what").asString())
        .startsWith("stays: nobody can tell which is the newer build");
    assertThat(rows.getFirst().get("curable").asBoolean()).isFalse();
    Reg.Result update = reg.run("template", "update");
    assertThat(update.succeeded().out())
        .contains("a@1: libfix.so.1 ", " stays, not ")
        .endsWith("Changed 0 templates\n");
    Reg.Result refused = reg.run("template", "update", "a");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).contains("cannot update a@1: it was made of neither packages nor");
  }

  @Test
  void aPackagesLibraryIsTakenByTheOthers() throws Exception {
    Reg shared = Fixture.shared("python");
    reg.close();
    reg = Fixture.own();
    Path directory = Files.createDirectory(work.resolve("z"));
    Path script = Files.writeString(directory.resolve("versions"), "ZLIB_1.2.0 { *; };");
    Path lib = directory.resolve("libz.so.1");
    compile(
        directory,
        "unsigned long compressBound(unsigned long n) { return n; }",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libz.so.1",
        "-Wl,--version-script=" + script,
        "-o",
        lib.toString());
    compile(
        directory,
        "#include <stdio.h>\nunsigned long compressBound(unsigned long);\n"
            + "int main(void) { printf(\"%lu\\n\", compressBound(100)); return 0; }",
        lib.toString(),
        "-o",
        directory.resolve("program").toString());
    Path z = describe(directory, "z", "");
    Files.writeString(z, Files.readString(z).replace("libfix", "libz"));
    assertThat(build(z).err()).contains("reg: z@1: libz.so.1 is now the build of ");
    assertThat(says("z")).isEqualTo("113\n");
    Reg.Result update = reg.run("template", "update", "--dry-run", "python");
    assertThat(update.succeeded().out()).contains("Would change ");
    assertThat(shared.run("template", "show", "python").code()).isZero();
  }
}
