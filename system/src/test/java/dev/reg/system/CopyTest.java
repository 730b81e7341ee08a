package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code reg cp}, both ways, with a real client and a container that runs. */
class CopyTest {
  private static final String NAME = "copied";
  private static final int USER = 4252;
  private static final int OTHER = 4254;
  private static final int GROUP = 4253;

  private static Reg engine;
  private static Users users;
  private Reg reg;
  private Path here;

  @BeforeAll
  static void container() throws IOException {
    engine = Fixture.own();
    users = Users.of(engine, GROUP);
    run(engine, NAME);
  }

  @AfterAll
  static void stop() {
    if (engine != null) {
      engine.close();
    }
  }

  @BeforeEach
  void project() throws IOException {
    here = Fixture.project();
    reg = engine.in(here);
    inside("rm -rf /tmp/* && mkdir -p /tmp");
  }

  private static void run(Reg reg, String name) {
    reg.run("run", "-d", "--name", name, "-t", "busybox", "--", "sleep", "100000").succeeded();
  }

  private Reg.Result inside(String script) {
    Reg.Result result = engine.run("exec", NAME, "--", "sh", "-c", script);
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  private void assertFails(Reg.Result result, String... parts) {
    assertThat(result.code()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).startsWith("reg: cp: ").contains(parts);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void aTreeComesBackAsItWent() throws IOException {
    Path tree = here.resolve("tree");
    Files.createDirectories(tree.resolve("sub"));
    Files.writeString(tree.resolve("file"), "content");
    Files.setPosixFilePermissions(
        tree.resolve("file"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.write(tree.resolve("sub/large"), new byte[3_000_000]);
    Files.createSymbolicLink(tree.resolve("link"), Path.of("../../etc/passwd"));
    reg.run("cp", "tree", NAME + ":/tmp").succeeded();
    assertThat(inside("cd /tmp/tree && cat file && stat -c ' %a %u' file && readlink link").out())
        .isEqualTo("content 751 0\n../../etc/passwd\n");
    reg.run("cp", NAME + ":/tmp/tree", "back").succeeded();
    Fixture.execute(
        "diff", "-r", "--no-dereference", tree.toString(), here.resolve("back").toString());
    assertThat(Files.getPosixFilePermissions(here.resolve("back/file")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-x--x"));
  }

  @Test
  void namesFollowDockersRules() throws IOException {
    Files.writeString(here.resolve("file"), "1");
    Files.createDirectory(here.resolve("to"));
    reg.run("cp", "./file", NAME + ":/tmp").succeeded();
    reg.run("cp", "file", NAME + ":tmp/new").succeeded();
    assertThat(inside("cat /tmp/file /tmp/new").out()).isEqualTo("11");
    inside("mkdir -p /tmp/d/e && echo 2 >/tmp/d/e/f");
    reg.run("cp", NAME + ":/tmp/d/.", "to").succeeded();
    reg.run("cp", NAME + ":/tmp/d", "to/").succeeded();
    assertThat(here.resolve("to/e/f")).hasContent("2\n");
    assertThat(here.resolve("to/d/e/f")).hasContent("2\n");
    assertFails(
        reg.run("cp", NAME + ":/tmp/file", "nowhere/"),
        "the destination directory must exist: nowhere/");
    assertFails(
        reg.run("cp", "to", NAME + ":/tmp/file"),
        "cannot copy a directory to the file " + NAME + ":/tmp/file");
    assertFails(
        reg.run("cp", NAME + ":/no/such", "x"),
        "could not find " + NAME + ":/no/such: No such file or directory");
    assertFails(reg.run("cp", "missing", NAME + ":/tmp"), "could not find missing: No such file");
    assertThat(here.resolve("x")).doesNotExist();
  }

  @Test
  void aTarStreamGoesBothWays() throws Exception {
    Files.createDirectories(here.resolve("in/a"));
    Files.writeString(here.resolve("in/a/b"), "through tar");
    Process tar = new ProcessBuilder("tar", "-C", here.toString(), "-cf", "-", "in").start();
    byte[] archive = tar.getInputStream().readAllBytes();
    assertThat(tar.waitFor()).isZero();
    Process into = reg.start("cp", "-", NAME + ":/tmp");
    try (OutputStream input = into.getOutputStream()) {
      input.write(archive);
    }
    Reg.finish(into).succeeded();
    assertThat(inside("cat /tmp/in/a/b").out()).isEqualTo("through tar");
    Process out = reg.start("cp", NAME + ":/tmp/in", "-");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    out.getInputStream().transferTo(bytes);
    assertThat(out.waitFor()).isZero();
    Path file = Files.write(here.resolve("out.tar"), bytes.toByteArray());
    Files.createDirectory(here.resolve("unpacked"));
    Fixture.execute("tar", "-C", here.resolve("unpacked").toString(), "-xf", file.toString());
    assertThat(here.resolve("unpacked/in/a/b")).hasContent("through tar");
  }

  @Test
  void theContainersLinksLeadNowhereElse() throws IOException {
    Files.writeString(here.resolve("secret"), "the host's");
    inside("ln -s /etc/hostname /tmp/link; ln -s " + here + " /tmp/out; cat /etc/hostname");
    reg.run("cp", NAME + ":/tmp/link", "asLink").succeeded();
    assertThat(Files.readSymbolicLink(here.resolve("asLink"))).hasToString("/etc/hostname");
    reg.run("cp", "-L", NAME + ":/tmp/link", "followed").succeeded();
    assertThat(here.resolve("followed")).hasContent(inside("cat /etc/hostname").out());
    assertFails(reg.run("cp", NAME + ":/tmp/out/secret", "stolen"), "could not find");
    assertFails(reg.run("cp", "secret", NAME + ":/tmp/out/planted"), "no such directory above");
    assertThat(here.resolve("planted")).doesNotExist();
    // One that a container could have put into a project that it shares with the caller.
    Files.createSymbolicLink(here.resolve("way"), Path.of("secret"));
    inside("echo evil >/tmp/way");
    reg.run("cp", NAME + ":/tmp/way", "way").succeeded();
    assertThat(here.resolve("way")).hasContent("evil\n");
    assertThat(here.resolve("secret")).hasContent("the host's");
  }

  @Test
  void aHostileArchiveStaysInTheContainersDestination() throws IOException {
    Files.writeString(here.resolve("evil"), "evil");
    Fixture.execute(
        "tar",
        "-C",
        here.toString(),
        "-cPf",
        here.resolve("evil.tar").toString(),
        "--transform=s,evil,../../etc/evil,",
        "evil");
    inside("mkdir -p /tmp/to");
    String script = "exec \"$0\" --root \"$1\" cp - " + NAME + ":/tmp/to <evil.tar";
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                script,
                Reg.installation().resolve("bin/reg").toString(),
                engine.root.toString())
            .directory(here.toFile())
            .start();
    assertFails(Reg.finish(process), "it has a name that leads out of it");
    assertThat(inside("ls -A /tmp/to; test ! -e /etc/evil").out()).isEmpty();
  }

  @Test
  void whatCannotBeIsRefusedInOneLine() throws Exception {
    for (List<String> words :
        List.of(List.of("a", "b"), List.of(NAME + ":/a", NAME + ":/b"), List.of(":/a", "b"))) {
      Reg.Result result = reg.run("cp", words.getFirst(), words.getLast());
      assertThat(result.code()).isEqualTo(125);
      assertThat(result.err().lines()).hasSize(1);
    }
    assertThat(reg.run("cp", "nobody:/etc/passwd", "x").err()).contains("nobody");
    assertThat(here.resolve("x")).doesNotExist();
  }

  @Test
  void aUserCopiesWithTheirOwnRightsOnly() throws IOException {
    Reg user = users.as(USER);
    Reg other = users.as(OTHER);
    run(user, "mine");
    Path home = user.project();
    Files.writeString(home.resolve("roots"), "secret");
    Files.setPosixFilePermissions(
        home.resolve("roots"), PosixFilePermissions.fromString("rw-------"));
    assertFails(user.run("cp", "roots", "mine:/tmp"), "cannot open roots: Permission denied");
    user.run("exec", "mine", "--", "sh", "-c", "echo own >/tmp/file").succeeded();
    user.run("cp", "mine:/tmp/file", "file").succeeded();
    assertThat(home.resolve("file")).hasContent("own\n");
    assertThat(Files.getAttribute(home.resolve("file"), "unix:uid")).isEqualTo(USER);
    user.run("cp", "file", "mine:/tmp/again").succeeded();
    assertThat(user.run("exec", "mine", "--", "stat", "-c", "%u", "/tmp/again").out())
        .isEqualTo(USER + "\n");
    assertFails(user.run("cp", "file", "mine:/etc/planted"), "Permission denied");
    Path closed = Files.createDirectory(here.resolve("closed"));
    assertFails(user.run("cp", "mine:/tmp/file", closed + "/file"), "Permission denied");
    assertThat(closed).isEmptyDirectory();
    Reg.Result foreign = other.run("cp", "mine:/tmp/file", "x");
    assertThat(foreign.code()).isEqualTo(125);
    assertThat(foreign.err()).contains("mine");
    assertThat(other.run("cp", NAME + ":/tmp", "x").code()).isEqualTo(125);
  }
}
