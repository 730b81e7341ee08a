package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user who is not root can mount, and do in what is mounted. */
class CallersMountsTest {
  private static final int USER = 4242;

  private static Users users;
  private static Reg root;
  private static Reg user;

  /** Of root's, to be entered by all: {@code hidden/open/file}, {@code secret}, {@code plain}. */
  private Path shared;

  @BeforeAll
  static void start() throws IOException {
    root = Fixture.own();
    users = Users.of(root, 4243);
    root.run("ps").succeeded();
    user = users.as(USER);
  }

  @AfterAll
  static void stop() {
    if (root != null) {
      root.close();
    }
  }

  @BeforeEach
  void make() throws IOException {
    shared = Fixture.project();
    Users.open(shared);
    Files.createDirectories(shared.resolve("hidden/open"));
    Files.writeString(shared.resolve("hidden/open/file"), "hidden");
    Files.writeString(shared.resolve("secret"), "secret");
    Files.writeString(shared.resolve("plain"), "plain");
    Files.setPosixFilePermissions(
        shared.resolve("hidden"), PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(
        shared.resolve("secret"), PosixFilePermissions.fromString("rw-------"));
  }

  private static Reg.Result run(List<String> options, String... command) {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "-t", "busybox"));
    words.addAll(options);
    words.add("--");
    words.addAll(List.of(command));
    return user.run(words.toArray(String[]::new));
  }

  private static void assertRefused(Reg.Result result, String why) {
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).startsWith("reg: ").contains(why);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void whatTheUserCannotOpenIsNotMounted() throws Exception {
    for (String name : List.of("secret", "hidden", "hidden/open", "hidden/open/file")) {
      String path = shared.resolve(name).toString();
      assertRefused(
          run(List.of("-v", path + ":/mnt/x"), "true"),
          "cannot open " + path + ": Permission denied");
      assertThat(run(List.of("--project", path), "true").code()).isEqualTo(125);
    }
    assertThat(run(List.of("-v", shared + "/plain:/x:ro"), "cat", "/x").out()).isEqualTo("plain");
  }

  @Test
  void whatIsMountedKeepsItsRights() {
    List<String> mount = List.of("-v", shared + ":/mnt/x");
    String script = "cat /mnt/x/plain; for f in secret hidden/open/file; do cat /mnt/x/$f; done";
    Reg.Result read = run(mount, "sh", "-c", script);
    assertThat(read.out()).isEqualTo("plain");
    assertThat(read.err().lines()).hasSize(2).allMatch(line -> line.contains("Permission denied"));
    for (String attempt :
        List.of("echo x >> /mnt/x/plain", "touch /mnt/x/new", "rm /mnt/x/plain")) {
      assertThat(run(mount, "sh", "-c", attempt).code()).isNotZero();
    }
    assertThat(shared.resolve("plain")).hasContent("plain");
    assertThat(shared.resolve("new")).doesNotExist();
  }

  /** Root's hand would make it, and lead past the directories above. */
  @Test
  void placesInAMountAreTheUsersToo() {
    String mount = shared + ":/mnt/x";
    assertRefused(
        run(List.of("-v", mount, "-v", ".:/mnt/x/new/place"), "true"),
        "cannot mount at /mnt/x/new/place in the container: Permission denied");
    assertRefused(
        run(List.of("-v", mount, "-v", ".:/mnt/x/hidden/open"), "true"), "Permission denied");
    assertRefused(run(List.of("-v", mount, "--tmpfs", "/mnt/x/new"), "true"), "Permission denied");
    assertRefused(run(List.of("-v", mount, "-w", "/mnt/x/made"), "true"), "Permission denied");
    assertRefused(
        run(List.of("-v", mount, "-w", "/mnt/x/hidden/open"), "cat", "file"),
        "cannot enter the working directory /mnt/x/hidden/open");
    assertThat(shared.resolve("new")).doesNotExist();
    assertThat(shared.resolve("made")).doesNotExist();
  }

  @Test
  void placesInTheUsersOwnDirectoriesAreMadeAsTheirs() throws Exception {
    Reg.Result result =
        run(
            List.of("-v", shared + "/plain:/app/made/file", "-w", "/app/work"),
            "sh",
            "-c",
            "pwd; cat ../made/file");
    assertThat(result.succeeded().out()).isEqualTo("/app/work\nplain");
    for (String name : List.of("made", "made/file", "work")) {
      assertThat(Files.getAttribute(user.project().resolve(name), "unix:uid")).isEqualTo(USER);
    }
  }

  @Test
  void theEnginesOwnIsRefused() {
    for (String name : List.of("run/reg.sock", "run", "objects", "containers", "")) {
      Reg.Result result = run(List.of("-v", root.root + "/" + name + ":/mnt/x"), "true");
      assertThat(result.code()).as(name).isEqualTo(125);
      assertThat(result.err()).containsAnyOf("Permission denied", "it is the engine's own");
    }
    assertRefused(
        run(List.of("-v", root.root + "/run/reg.sock:/mnt/x"), "true"), "it is the engine's own");
  }

  @Test
  void devicesAreRefusedAndThoseInADirectoryAreNone() {
    assertRefused(run(List.of("-v", "/dev/null:/mnt/x"), "true"), "only root mounts devices");
    Reg.Result result = run(List.of("-v", "/dev:/mnt/x"), "sh", "-c", "echo x > /mnt/x/null");
    assertThat(result.code()).isNotZero();
    assertThat(result.err()).contains("Permission denied");
  }

  @Test
  void theHostsProcAndSysGiveNoMoreThanOutside() {
    String script =
        "cat /mnt/x/kcore; cat /mnt/x/1/environ; echo 1 > /mnt/x/sys/vm/drop_caches; "
            + "echo b > /mnt/x/sysrq-trigger; ls /mnt/x/1/root/";
    Reg.Result proc = run(List.of("-v", "/proc:/mnt/x"), "sh", "-c", script);
    assertThat(proc.out()).isEmpty();
    assertThat(proc.code()).isNotZero();
    Reg.Result sys =
        run(List.of("-v", "/sys:/mnt/x"), "sh", "-c", "echo x > /mnt/x/kernel/uevent_helper");
    assertThat(sys.code()).isNotZero();
  }

  @Test
  void aSocketIsMountedAndAsksForItsOwnRights() throws Exception {
    Path place = users.project(USER);
    Path fifo = place.resolve("fifo");
    Fixture.execute("mkfifo", "-m", "600", fifo.toString());
    // Root's pipe without a writer: nobody waits for one, and the user may not read it.
    Reg.Result result =
        run(List.of("-v", fifo + ":/mnt/f"), "sh", "-c", "test -p /mnt/f && cat /mnt/f");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("Permission denied");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ro", "rw"})
  void aMountThatIsReadOnlyStaysSo(String mode) throws Exception {
    Path place = users.project(USER);
    Path at = Files.createDirectory(place.resolve("at"));
    Path nested = Files.createDirectories(place.resolve("outer/nested"));
    Fixture.execute("mount", "-t", "tmpfs", "-o", "mode=1777", "reg-test", at.toString());
    try {
      Fixture.execute("mount", "--bind", at.toString(), nested.toString());
      Fixture.execute("mount", "-o", "remount,bind,ro", nested.toString());
      for (String source : List.of(nested.toString(), place.resolve("outer").toString())) {
        String script = "touch /mnt/x/file || touch /mnt/x/nested/file";
        Reg.Result result = run(List.of("-v", source + ":/mnt/x:" + mode), "sh", "-c", script);
        assertThat(result.code()).as(source).isNotZero();
      }
      assertThat(at.resolve("file")).doesNotExist();
    } finally {
      Reg.finish(new ProcessBuilder("umount", nested.toString()).start());
      Fixture.execute("umount", at.toString());
    }
  }

  @Test
  void aClientInAnotherMountNamespaceIsToldSo() throws Exception {
    List<String> unshare = new ArrayList<>(List.of("unshare", "--mount"));
    unshare.addAll(users.words(USER));
    Reg apart = user.by(users.client, unshare.toArray(String[]::new));
    assertRefused(
        apart.run("run", "--rm", "-t", "busybox", "--", "true"),
        "it is in another mount namespace than the engine's");
    apart.run("run", "--rm", "--no-project", "-t", "busybox", "--", "true").succeeded();
  }

  /** There root is nobody: the client cannot know who listens, and asks nothing of them. */
  @Test
  void aClientInAUserNamespaceTrustsNobody() throws Exception {
    List<String> unshare = new ArrayList<>(users.words(USER));
    unshare.addAll(List.of("unshare", "--user", "--map-root-user"));
    Reg apart = user.by(users.client, unshare.toArray(String[]::new));
    assertRefused(apart.run("ps"), "neither root nor you listen there");
  }

  @Test
  void rootDoesNotOpenPathsForAUser() throws Exception {
    user.run("generate", "--name", "mounts", "-t", "busybox", "--", "true").succeeded();
    assertRefused(root.run("start", "mounts"), "run reg start as that user");
    user.run("start", "mounts").succeeded();
    user.run("remove", "-f", "mounts").succeeded();
  }

  @Test
  void aStartAsksForTheRightsAgain() throws Exception {
    Path place = users.project(USER);
    Path file = Files.writeString(place.resolve("file"), "x");
    user.run("generate", "--name", "again", "-t", "busybox", "-v", file + ":/x", "--", "cat", "/x")
        .succeeded();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertRefused(user.run("start", "again"), "cannot open " + file + ": Permission denied");
    user.run("remove", "again").succeeded();
  }
}
