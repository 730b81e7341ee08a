package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each mistake gets one line and exit code 125, and leaves the repository as it was. */
class BadInputTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  private Map<String, Long> before = new TreeMap<>();

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  @BeforeEach
  void remember() throws IOException {
    before = reg.objects();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(reg.objects()).isEqualTo(before);
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
  }

  private static Reg.Result refused(String... command) {
    return refused(reg, command);
  }

  private static Reg.Result refused(Reg reg, String... command) {
    Reg.Result result = reg.run(command);
    assertThat(result.code()).as(result.err()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("reg: ").hasLineCount(1);
    return result;
  }

  @Test
  void anUnknownTemplateNamesTheNearOnes() {
    assertThat(refused("run", "--rm", "-t", "pyhton", "--", "true").err())
        .contains("pyhton")
        .contains("python");
    assertThat(refused("run", "--rm", "-t", "python@2", "--", "true").err()).contains("python@2");
    refused("run", "--rm", "-t", "Not/AName", "--", "true");
  }

  @Test
  void aMissingProjectOrVolumeIsNamed() {
    assertThat(refused("run", "--rm", "-tbusybox", "--project", "/no/such/dir", "--", "true").err())
        .contains("/no/such/dir");
    assertThat(refused("run", "--rm", "-tbusybox", "-v", "/no/such/dir:/x", "--", "true").err())
        .contains("/no/such/dir");
    refused("run", "--rm", "-tbusybox", "-v", "/tmp", "--", "true");
    refused("run", "--rm", "-tbusybox", "-v", "/tmp:relative", "--", "true");
    refused("run", "--rm", "-tbusybox", "-v", "/tmp:/x/../../y", "--", "true");
  }

  @Test
  void theHostsRootIsNoProject() {
    assertThat(refused(reg.in(Path.of("/")), "run", "--rm", "-tbusybox", "--", "true").err())
        .contains("/");
    assertThat(
            reg.in(Path.of("/"))
                .run("run", "--rm", "--no-project", "-tbusybox", "--", "true")
                .code())
        .isZero();
  }

  @Test
  void aNameInUseIsRefused() {
    reg.run("generate", "--name", "taken", "-tbusybox").succeeded();
    assertThat(refused("run", "--name", "taken", "-tbusybox", "--", "true").err())
        .contains("taken");
    reg.run("remove", "taken").succeeded();
  }

  @Test
  void aTemplateInUseStays() {
    reg.run("generate", "--name", "user", "-tbusybox").succeeded();
    assertThat(refused("template", "remove", "busybox").err()).contains("user");
    reg.run("remove", "user").succeeded();
  }

  @Test
  void anUnknownContainerIsNamed() {
    for (String command : List.of("start", "stop", "kill", "remove", "logs", "wait", "inspect")) {
      Reg.Result result = reg.run(command, "nobody-here");
      assertThat(result.code()).as(command).isNotZero();
      assertThat(result.err())
          .as(command)
          .startsWith("reg: ")
          .contains("nobody-here")
          .hasLineCount(1);
    }
  }

  static Stream<Arguments> hostileTemplates() {
    String head = "name: bad\nversion: '1'\n";
    String digest = "\"sha256:" + "0".repeat(64) + "\"";
    return Stream.of(
        Arguments.of("traversal", head + "files: {f: /usr/../../etc/shadow}", ".."),
        Arguments.of("relative path", head + "files: {f: usr/bin/f}", "usr/bin/f"),
        Arguments.of("source traversal", head + "files: {../../etc/shadow: /usr/bin/f}", ".."),
        Arguments.of(
            "link out", head + "links: {/usr/bin/x: ../../../../etc/shadow}", "/usr/bin/x"),
        Arguments.of("duplicate path", head + "files: {f: /bin/f, g: /usr/bin/f}", "/usr/bin/f"),
        Arguments.of("duplicate key", head + "files: {f: /bin/f, f: /bin/g}", "f"),
        Arguments.of(
            "wrong digest", head + "files: {f: {path: /bin/f, digest: " + digest + "}}", "sha256"),
        Arguments.of("unknown key", head + "fiels: {f: /bin/f}", "fiels"),
        Arguments.of("missing source", head + "files: {nothing: /bin/f}", "nothing"),
        Arguments.of("source is a link", head + "files: {shadow: /bin/f}", "shadow"),
        Arguments.of("no name", "version: '1'\nfiles: {f: /bin/f}", "name"),
        Arguments.of("not YAML", "name: [", "template.yaml"),
        Arguments.of("missing library", head + "libs: [libnosuch@99]", "libnosuch"),
        Arguments.of("requires nothing known", head + "requires: [nosuch@1]", "nosuch"),
        Arguments.of(
            "absolute link out", head + "links: {/usr/bin/x: /../../etc/shadow}", "/usr/bin/x"),
        Arguments.of("into /proc", head + "files: {f: /proc/self/f}", "/proc"),
        Arguments.of("control characters", head + "files: {f: \"/bin/\\e[2J\"}", "\\u001b[2J"),
        Arguments.of("setuid", head + "files: {f: {path: /bin/f, mode: '4755'}}", "4755"),
        Arguments.of("deep nesting", head + "files: " + "[".repeat(100_000), "template.yaml"),
        Arguments.of("huge", head + "#" + "x".repeat(17 << 20), "16 MiB"),
        Arguments.of("alias bomb", bomb(), "template.yaml"));
  }

  private static String bomb() {
    StringBuilder yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      yaml.append("a").append(i).append(": &a").append(i).append(" [");
      yaml.append(String.join(", ", java.util.Collections.nCopies(10, "*a" + (i - 1))))
          .append("]\n");
    }
    return yaml.append("name: bad\nversion: '1'\n").toString();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostileTemplates")
  void aHostileTemplateFileIsRefused(String what, String yaml, String named) throws IOException {
    Path folder = Fixture.project();
    Files.writeString(folder.resolve("template.yaml"), yaml);
    Files.writeString(folder.resolve("f"), "f");
    Files.writeString(folder.resolve("g"), "g");
    Files.createSymbolicLink(folder.resolve("shadow"), Path.of("/etc/shadow"));
    Reg.Result result = refused(reg.in(folder), "template", "build", "./template.yaml");
    assertThat(result.err()).as(what).contains(named).hasSizeLessThan(2000);
    assertThat(result.err().strip()).as(what).doesNotMatch("(?s).*\\p{Cntrl}.*");
    assertThat(reg.run("template", "ls").out()).doesNotContain("bad");
  }

  @Test
  void cyclesAreRefusedByName() throws IOException {
    Path folder = Fixture.project();
    try (Reg own = Fixture.own()) {
      build(own.in(folder), "one", "environment: {A: a}");
      build(own.in(folder), "two", "requires: [one]");
      // It would take the place of what two requires.
      Files.writeString(folder.resolve("one.yaml"), "name: one\nversion: '1'\nrequires: [two]\n");
      assertThat(refused(own.in(folder), "template", "build", "./one.yaml").err())
          .contains("cannot store one@1: it requires two, and so itself: that requires one@1");
      own.run("run", "--rm", "-t", "two", "-t", "busybox", "--", "true").succeeded();
    }
  }

  @Test
  void conflictsAreRefusedByName() throws IOException {
    Path folder = Fixture.project();
    Files.writeString(folder.resolve("f"), "one");
    Files.writeString(folder.resolve("g"), "two");
    List<String> made = new ArrayList<>();
    made.add(build(reg.in(folder), "left", "files: {f: /usr/share/same}"));
    made.add(build(reg.in(folder), "right", "files: {g: /usr/share/same}"));
    assertThat(refused("run", "--rm", "-t", "left", "-t", "right", "--", "true").err())
        .contains("left", "right", "/usr/share/same");
    for (String name : made) {
      reg.run("template", "remove", name).succeeded();
    }
  }

  private static String build(Reg here, String name, String rest) throws IOException {
    Files.writeString(
        here.project().resolve(name + ".yaml"), "name: " + name + "\nversion: '1'\n" + rest + "\n");
    here.run("template", "build", "./" + name + ".yaml").succeeded();
    return name;
  }

  /** What is done with an engine whose root is a small file system of its own. */
  private interface InSmallRoot {
    void run(Reg reg, Path root) throws IOException;
  }

  private static void inSmallRoot(Path folder, InSmallRoot test) throws IOException {
    Path small = Files.createTempDirectory(Fixture.area(), "small-");
    Fixture.execute("mount", "-t", "tmpfs", "-o", "size=6m", "small", small.toString());
    try (Reg full = new Reg(small, folder)) {
      test.run(full, small);
    } finally {
      // The engine's processes are gone a moment after `engine stop` has returned.
      Fixture.execute(
          "sh", "-c", "until umount $0 2>/dev/null; do sleep 0.05; done", small.toString());
    }
  }

  @Test
  void noSpaceForATemplateIsSaidAndLeavesNothing() throws IOException {
    Path folder = Fixture.project();
    Files.write(folder.resolve("big"), new byte[32 << 20]);
    Files.writeString(
        folder.resolve("big.yaml"), "name: big\nversion: '1'\nfiles: {big: /usr/share/big}\n");
    inSmallRoot(
        folder,
        (full, root) -> {
          assertThat(refused(full, "template", "build", "./big.yaml").err()).contains("space");
          assertThat(full.objects()).isEmpty();
          assertThat(full.run("template", "ls", "--format", "json").out()).isEmpty();
        });
  }

  @Test
  void noSpaceForAnEnvironmentOrAContainerIsSaidAndLeavesNothing() throws IOException {
    Path folder = Fixture.project();
    Files.writeString(folder.resolve("small.yaml"), "name: small\nversion: '1'\ncommand: [x]\n");
    inSmallRoot(
        folder,
        (full, root) -> {
          full.run("template", "build", "./small.yaml").succeeded();
          fill(root);
          assertThat(refused(full, "run", "--rm", "-tsmall").err())
              .contains("cannot make an environment in " + root, "No space left", "; free space");
          assertThat(root.resolve("environments")).isEmptyDirectory();
          Files.delete(root.resolve("fill"));
          full.run("generate", "-tsmall").succeeded();
          fill(root);
          int made = 1;
          Reg.Result last = full.run("generate", "-tsmall");
          while (last.code() == 0 && made < 200) {
            made++;
            last = full.run("generate", "-tsmall");
          }
          assertThat(last.code()).isEqualTo(125);
          assertThat(last.err())
              .startsWith("reg: ")
              .hasLineCount(1)
              .contains(root.toString(), "No space left", "free");
          assertThat(full.run("ps", "-a", "-q").lines()).hasSize(made);
          Files.delete(root.resolve("fill"));
        });
  }

  /** Leaves no page free. */
  private static void fill(Path root) throws IOException {
    Fixture.execute(
        "sh", "-c", "dd if=/dev/zero of=$0/fill bs=4k 2>/dev/null; true", root.toString());
  }

  /**
   * Progress goes to standard error as well: lines that name the template, before the one error.
   */
  static String refusedAfterProgress(Reg reg, String template, String... command) {
    Reg.Result result = reg.run(command);
    assertThat(result.code()).as(result.err()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    List<String> lines = result.err().lines().toList();
    assertThat(lines).isNotEmpty();
    assertThat(lines.subList(0, lines.size() - 1)).allMatch(l -> l.startsWith("reg: " + template));
    assertThat(lines.getLast()).startsWith("reg: ").doesNotStartWith("reg: " + template);
    return lines.getLast();
  }

  @Test
  void aMissingNetworkIsSaid() throws IOException {
    try (Reg offline = Fixture.empty()) {
      Files.writeString(
          offline.root.resolve("engine.yaml"), "apt:\n  mirror: http://127.0.0.1:9/none\n");
      assertThat(refusedAfterProgress(offline, "busybox", "template", "build", "busybox"))
          .contains("cannot download", "127.0.0.1:9", "network");
      assertThat(offline.objects()).isEmpty();
      assertThat(offline.run("template", "ls", "-q").out()).isEmpty();
    }
  }

  @Test
  void whatIsStoredNeedsNoNetwork() throws IOException {
    try (Reg offline = Fixture.own()) {
      Files.writeString(
          offline.root.resolve("engine.yaml"), "apt:\n  mirror: http://127.0.0.1:9/none\n");
      for (String wish : List.of("busybox", "busybox@1", "python@3.11")) {
        Reg.Result result = offline.run("run", "--rm", "-t", wish, "-tbusybox", "--", "true");
        assertThat(result.succeeded().err()).as(wish).isEmpty();
      }
    }
  }

  @Test
  void anUnknownSettingKeepsTheEngineFromStarting() throws IOException {
    try (Reg wrong = Fixture.empty()) {
      Path file = wrong.root.resolve("engine.yaml");
      Files.writeString(file, "apt:\n  miror: http://x/debian\n");
      assertThat(refused(wrong, "ps").err()).contains("engine.yaml", "miror");
      Files.delete(file);
      assertThat(wrong.run("ps").succeeded().err()).isEmpty();
    }
  }

  @Test
  void aCallerWhoIsNotPermittedIsToldSo() throws IOException {
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                Reg.installation().resolve("bin/reg").toString(),
                "--root",
                reg.root.toString(),
                "ps")
            .start();
    Reg.Result result = Reg.finish(process);
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).startsWith("reg: ").hasLineCount(1);
  }
}
