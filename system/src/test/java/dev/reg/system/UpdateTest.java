package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Packages that become newer in an archive: a library with a file of data, and two programs that
 * use it, each a template.
 */
class UpdateTest {
  private static final int USER = 4242;
  private static final int GROUP = 4243;
  private static final String LIB = "usr/lib/x86_64-linux-gnu/";
  private static final String OLD = "library 1.0, data 1.0\n";
  private static final String NEW = "library 1.1, data 1.1\n";

  private static final String PROGRAM =
      """
      #include <stdio.h>
      #include <unistd.h>
      const char *two(void);
      int main(int count, char **words) {
        char data[64] = "none";
        FILE *file = fopen("/usr/share/libtwo/data", "r");
        if (file) fscanf(file, "%63s", data);
        printf("library %s, data %s\\n", two(), data);
        fflush(stdout);
        if (count > 1) pause();
        return 0;
      }
      """;

  @SuppressWarnings("NullAway.Init")
  private Archive archive;

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @SuppressWarnings("NullAway.Init")
  private Users users;

  @SuppressWarnings("NullAway.Init")
  private Path work;

  @BeforeEach
  void publishAndBuild() throws IOException {
    Fixture.assumeRoot();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "needs gcc");
    assumeTrue(Archive.possible(), "needs gpg and gpg-agent");
    work = Fixture.project();
    archive = Archive.create();
    reg = Fixture.empty();
    users = Users.of(reg, GROUP);
    Files.writeString(
        reg.root.resolve("engine.yaml"),
        "apt: {sources: sources.d, replace: true}\n",
        StandardOpenOption.APPEND);
    Path sources = Files.createDirectory(reg.root.resolve("sources.d"));
    Files.writeString(sources.resolve("test.sources"), archive.entry(true));
    addHostsLibc();
    addLibrary("1.0");
    addProgram("first");
    addProgram("second");
    archive.publish();
    for (String name : List.of("first", "second")) {
      assertThat(reg.run("template", "build", "--from-deb", name).succeeded().out())
          .isEqualTo(name + "@2.0\n");
    }
  }

  @AfterEach
  void close() throws IOException {
    if (reg != null) {
      reg.close();
    }
    if (archive != null) {
      archive.close();
    }
  }

  private void addHostsLibc() throws IOException {
    Path tree = archive.tree();
    Files.createDirectories(tree.resolve(LIB));
    for (String name : List.of("libc.so.6", "ld-linux-x86-64.so.2")) {
      Files.copy(Path.of("/lib/x86_64-linux-gnu", name), tree.resolve(LIB + name));
    }
    Files.createSymbolicLink(
        Files.createDirectories(tree.resolve("usr/lib64")).resolve("ld-linux-x86-64.so.2"),
        Path.of("/" + LIB + "ld-linux-x86-64.so.2"));
    archive.add("libc6", "2.0-1", "", tree);
  }

  private void addLibrary(String version) throws IOException {
    Path tree = archive.tree();
    Files.createDirectories(tree.resolve(LIB));
    Path library = tree.resolve(LIB + "libtwo.so.1");
    compile(
        "const char *two(void) { return \"" + version + "\"; }",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libtwo.so.1",
        "-o",
        library.toString());
    Files.copy(library, work.resolve("libtwo.so.1"), StandardCopyOption.REPLACE_EXISTING);
    Path data = Files.createDirectories(tree.resolve("usr/share/libtwo"));
    Files.writeString(data.resolve("data"), version + "\n");
    archive.add("libtwo1", version + "-1", "libc6", tree);
  }

  private void addProgram(String name) throws IOException {
    Path tree = archive.tree();
    Path bin = Files.createDirectories(tree.resolve("usr/bin"));
    compile(PROGRAM, work.resolve("libtwo.so.1").toString(), "-o", bin.resolve(name).toString());
    archive.add(name, "2.0-1", "libtwo1", tree);
  }

  private void compile(String code, String... arguments) throws IOException {
    Path source = Files.writeString(work.resolve("source.c"), code);
    Fixture.execute(
        Stream.concat(Stream.of("gcc", source.toString()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private String says(String template) {
    return reg.run("run", "--rm", "--no-project", "-t", template).succeeded().out();
  }

  private static void waiting(Reg as, String name) {
    as.run("run", "-d", "--no-project", "--name", name, "-t", "first", "--", "first", "wait")
        .succeeded();
    Await.until(() -> as.run("logs", name).out().equals(OLD), () -> as.run("logs", name).out());
  }

  private static List<JsonNode> outdated(Reg as, int code) {
    Reg.Result result = as.run("outdated", "--format", "json");
    assertThat(result.code()).as(result.toString()).isEqualTo(code);
    return result.lines().stream().map(line -> new JsonMapper().readTree(line)).toList();
  }

  private static List<String> containers(List<JsonNode> rows) {
    return rows.stream()
        .filter(row -> row.get("kind").asString().equals("container"))
        .map(row -> row.get("name").asString() + " " + row.get("library").asString())
        .toList();
  }

  /** What there is of templates and objects. */
  private List<String> stored() throws IOException {
    List<String> templates = reg.run("template", "ls", "--format", "json").succeeded().lines();
    return Stream.concat(
            templates.stream()
                .map(line -> new JsonMapper().readTree(line).get("digest").asString()),
            reg.objects().keySet().stream())
        .sorted()
        .toList();
  }

  @Test
  void whatIsPublishedReachesEveryTemplateAndContainer() throws Exception {
    Path project = Fixture.project();
    Files.writeString(project.resolve("reg.yaml"), "runtime: [second]\n");
    Reg pinned = reg.in(project);
    assertThat(pinned.run("run", "--name", "pinned").succeeded().out()).isEqualTo(OLD);
    waiting(reg, "web");
    Reg user = users.as(USER);
    waiting(user, "mine");
    assertThat(outdated(reg, 0)).isEmpty();
    String old = object("libtwo.so.1");

    addLibrary("1.1");
    archive.publish();
    assertThat(outdated(reg, 0)).as("nobody has fetched it yet").isEmpty();
    Reg.Result refused = user.run("template", "update");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).hasLineCount(1).contains("only root");
    assertThat(says("first")).isEqualTo(OLD);

    Reg.Result dry = reg.run("template", "update", "--dry-run").succeeded();
    assertThat(dry.out()).contains("libtwo1 1.0-1 -> 1.1-1").endsWith("Would change 2 templates\n");
    assertThat(says("first")).isEqualTo(OLD);
    Reg.Result update = reg.run("template", "update").succeeded();
    assertThat(update.out())
        .contains("first@2.0: libtwo1 1.0-1 -> 1.1-1\n")
        .contains("second@2.0: libtwo1 1.0-1 -> 1.1-1\n")
        .endsWith("Changed 2 templates\n");
    assertThat(says("first") + says("second")).isEqualTo(NEW + NEW);
    assertThat(reg.objects()).containsKey(old);

    assertThat(containers(outdated(reg, 1)))
        .containsExactlyInAnyOrder("web libtwo.so.1", "mine libtwo.so.1");
    assertThat(containers(outdated(user, 1))).containsExactly("mine libtwo.so.1");
    assertThat(user.run("outdated").out()).contains("stop and start it").doesNotContain("web");

    for (Reg each : List.of(reg, user)) {
      String name = each == reg ? "web" : "mine";
      each.run("stop", "-t", "0", name).succeeded();
      each.run("start", name).succeeded();
      Await.until(
          () -> each.run("logs", name).out().endsWith(NEW), () -> each.run("logs", name).out());
    }
    assertThat(containers(outdated(user, 0))).isEmpty();

    pinned.run("start", "pinned").succeeded();
    pinned.run("wait", "pinned").succeeded();
    assertThat(pinned.run("logs", "pinned").out()).endsWith(OLD);
    assertThat(pinned.run("run", "--rm").err()).contains("reg.lock pins second@2.0");
    reg.run("prune", "--environments", "--objects").succeeded();
    assertThat(reg.objects()).as("the lock's").containsKey(old);
    pinned.run("generate", "--update").succeeded();
    pinned.run("start", "pinned").succeeded();
    pinned.run("wait", "pinned").succeeded();
    assertThat(pinned.run("logs", "pinned").out()).endsWith(NEW);
    reg.run("prune", "--environments", "--objects").succeeded();
    assertThat(reg.objects()).doesNotContainKey(old);
    assertThat(outdated(reg, 0)).isEmpty();
  }

  /** The object of a library of the second template, as it is called on disk. */
  private String object(String library) {
    String show = reg.run("template", "show", "second").succeeded().out();
    int at = show.indexOf("sha256:", show.indexOf("/" + library + ","));
    assertThat(at).as(show).isPositive();
    return show.substring(at + 7, at + 71) + "-755-0";
  }

  @Test
  void whatIsOfOnePackageGoesWithItsLibrary() throws Exception {
    addLibrary("1.1");
    archive.publish();
    Reg.Result update = reg.run("template", "update", "first").succeeded();
    assertThat(update.out())
        .contains("first@2.0: libtwo1 1.0-1 -> 1.1-1\n")
        .contains("second@2.0: libtwo.so.1 1.0-1 -> 1.1-1 of first@2.0\n")
        .endsWith("Changed 2 templates\n");
    // The library, the data that it reads, and what scanners are told.
    assertThat(says("second")).isEqualTo(NEW);
    assertThat(statusOf("libtwo1", "second")).isNotEmpty().allMatch(s -> s.contains("1.1-1"));
    assertThat(reg.run("template", "verify").code()).isZero();
  }

  /** As it was, wherever its file is now. */
  @Test
  void aRecipeOfOnesOwnIsFollowedLikeAnyOther() throws Exception {
    Path file = work.resolve("own.yaml");
    Files.writeString(
        file,
        """
        name: third
        version: {package: first}
        packages: [first]
        include: {bins: [/usr/bin/first], data: [/usr/share/libtwo/data]}
        command: [first]
        level: none
        """);
    assertThat(reg.run("template", "build", file.toString()).succeeded().out())
        .isEqualTo("third@2.0\n");
    Files.delete(file);
    assertThat(says("third")).isEqualTo(OLD);
    addLibrary("1.1");
    archive.publish();
    Reg.Result update = reg.run("template", "update", "third").succeeded();
    assertThat(update.out()).contains("third@2.0: libtwo1 1.0-1 -> 1.1-1\n");
    assertThat(says("third")).isEqualTo(NEW);
  }

  /** What the environments with a program say about a package. */
  private List<String> statusOf(String name, String program) throws IOException {
    try (Stream<Path> all = Files.list(reg.root.resolve("environments"))) {
      return all.filter(each -> Files.exists(each.resolve("usr/bin").resolve(program)))
          .map(each -> each.resolve("root/var/lib/dpkg/status.d").resolve(name))
          .map(UpdateTest::text)
          .toList();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatNobodyTrustedHasSignedChangesNothing() throws Exception {
    assertThat(says("first")).isEqualTo(OLD);
    List<String> before = stored();
    addLibrary("1.1");
    archive.publishByAStranger();
    assertThat(refused()).contains("cannot download the package lists", "signed", "NO_PUBKEY");
    assertThat(stored()).isEqualTo(before);

    // The list is the archive's, but the package is not what it says.
    archive.publish();
    byte[] deb = Files.readAllBytes(archive.deb("libtwo1", "1.1-1"));
    deb[deb.length - 1] ^= 1;
    Files.write(archive.deb("libtwo1", "1.1-1"), deb);
    assertThat(refused()).contains("cannot download packages", "Hash Sum mismatch");
    assertThat(stored()).isEqualTo(before);
    assertThat(says("first") + says("second")).isEqualTo(OLD + OLD);
    assertThat(reg.root.resolve("building")).isEmptyDirectory();
  }

  private String refused() {
    Reg.Result result = reg.run("template", "update");
    assertThat(result.code()).as(result.toString()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    return result.err().lines().toList().getLast();
  }

  @Test
  void aKeyringThatOthersCanWriteIsRefused() throws Exception {
    Fixture.execute("chmod", "0666", archive.keyring.toString());
    assertThat(refused())
        .contains("cannot use the package sources", "test.sources", archive.keyring.toString());
    assertThat(reg.run("doctor").out()).contains("warn: package sources: cannot use");
  }

  @Test
  void anArchiveCanStandBesideTheHosts() throws Exception {
    reg.run("engine", "stop").succeeded();
    Files.writeString(reg.root.resolve("engine.yaml"), "apt: {sources: test.sources}\n");
    Files.writeString(reg.root.resolve("test.sources"), archive.entry(false));
    reg.run("template", "build", "--from-deb", "second", "busybox-static", "--name", "both")
        .succeeded();
    assertThat(
            reg.run("run", "--rm", "--no-project", "-t", "both", "--", "busybox", "echo", "there")
                .succeeded()
                .out())
        .isEqualTo("there\n");
    assertThat(reg.run("run", "--rm", "--no-project", "-t", "both", "--", "second").out())
        .isEqualTo(OLD);
    assertThat(reg.run("template", "sbom", "both").succeeded().out())
        .contains("busybox-static", "libtwo1");
    Reg.Result none = reg.run("template", "build", "--from-deb", "no-such-package");
    assertThat(none.err()).contains("'no-such-package' in Debian ", ", and ", "test.sources");
  }
}
