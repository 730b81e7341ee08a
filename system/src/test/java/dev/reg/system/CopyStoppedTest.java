package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code reg cp} and containers that do not run: never started, or stopped. */
class CopyStoppedTest {
  private static final int USER = 4262;
  private static final int OTHER = 4264;
  private static final int GROUP = 4263;

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @SuppressWarnings("NullAway.Init")
  private Path here;

  @SuppressWarnings("NullAway.Init")
  private Users users;

  @BeforeEach
  void engine() throws IOException {
    reg = Fixture.own();
    users = Users.of(reg, GROUP);
    here = reg.project();
    Files.writeString(here.resolve("file"), "content\n");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    reg.end();
    assertThat(copiers("")).isEmpty();
    try (Stream<Path> containers = Files.list(reg.root.resolve("containers"))) {
      assertThat(containers).isEmpty();
    }
    try (Stream<Path> exits = Files.list(reg.root.resolve("run/exits"))) {
      assertThat(exits).isEmpty();
    }
    reg.close();
  }

  private void generate(String name, String... words) {
    generate(reg, name, words);
  }

  private static void generate(Reg by, String name, String... words) {
    List<String> start = List.of("generate", "--name", name, "-t", "busybox");
    by.run(Stream.concat(start.stream(), Stream.of(words)).toArray(String[]::new)).succeeded();
  }

  /** What the container's program prints when it is started. */
  private String printed(String name) {
    reg.run("start", name).succeeded();
    reg.awaitState(name, "Stopped");
    return reg.run("logs", name).succeeded().out();
  }

  private static void assertFails(Reg.Result result, int code, String... parts) {
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    assertThat(result.err()).startsWith("reg: ").contains(parts);
    assertThat(result.err().lines()).hasSize(1);
  }

  /** Copiers in containers that are reached by this name. */
  private static List<Integer> copiers(String name) {
    return Processes.commandLines().entrySet().stream()
        .filter(e -> e.getValue().matches("reg-copier (un)?pack .* " + name + ".*:/.*"))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** A copy into a container that goes on until its input ends; its copier runs. */
  private Process endless(String name) {
    Process process = reg.start("cp", "-", name + ":/tmp");
    Await.until(() -> !copiers(name).isEmpty(), () -> "nothing is copied into " + name);
    return process;
  }

  private byte[] archive(String... words) throws IOException {
    Path file = Files.createTempFile(here, "made", ".tar");
    List<String> command = List.of("tar", "-C", here.toString(), "-cf", file.toString());
    Fixture.execute(Stream.concat(command.stream(), Stream.of(words)).toArray(String[]::new));
    return Files.readAllBytes(file);
  }

  private static void give(Process process, byte[] input) throws IOException {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input);
    }
  }

  private static Reg.Result finishWith(Process process, byte[] input) throws IOException {
    give(process, input);
    return Reg.finish(process);
  }

  @Test
  void aContainerThatNeverRanStartsWithWhatWasCopied() throws IOException {
    generate("fresh", "--no-project", "--", "cat", "/tmp/file");
    JsonNode before = reg.inspect("fresh");
    reg.run("cp", "file", "fresh:/tmp").succeeded();
    reg.run("cp", "fresh:/tmp/file", "back").succeeded();
    assertThat(here.resolve("back")).hasContent("content\n");
    assertThat(reg.inspect("fresh")).isEqualTo(before);
    assertThat(reg.run("diff", "fresh").out()).contains("A /tmp/file");
    assertThat(reg.run("logs", "fresh").out()).isEmpty();
    assertThat(printed("fresh")).isEqualTo("content\n");
  }

  @Test
  void aContainerThatEndedIsAsItWas() throws IOException {
    String script = "echo mine >/tmp/made; cat /tmp/file 2>/dev/null; exit 3";
    assertThat(reg.run("run", "--name", "ended", "-tbusybox", "--", "sh", "-c", script).code())
        .isEqualTo(3);
    JsonNode before = reg.inspect("ended");
    String listed = reg.run("ps", "-a", "--format", "{{.Names}} {{.State}}").out();
    reg.run("cp", "ended:/tmp/made", "made").succeeded();
    reg.run("cp", "file", "ended:/tmp").succeeded();
    assertFails(
        reg.run("cp", "ended:/no/such", "x"),
        1,
        "could not find ended:/no/such: No such file or directory");
    assertThat(here.resolve("made")).hasContent("mine\n");
    assertThat(reg.inspect("ended")).isEqualTo(before);
    assertThat(before.get("exitCode").asInt()).isEqualTo(3);
    assertThat(reg.run("ps", "-a", "--format", "{{.Names}} {{.State}}").out()).isEqualTo(listed);
    assertThat(reg.run("inspect", "--verify", "ended").code()).isZero();
    assertThat(printed("ended")).isEqualTo("content\n");
  }

  @Test
  void ownersAreKeptWhenThatIsAsked() throws Exception {
    generate("owned", "--no-project", "--", "stat", "-c", "%u:%g %a", "/tmp/kept", "/tmp/file");
    Files.writeString(here.resolve("kept"), "");
    Files.setPosixFilePermissions(
        here.resolve("kept"), PosixFilePermissions.fromString("rwxr-x---"));
    byte[] kept = archive("--owner=1234", "--group=77", "kept");
    finishWith(reg.start("cp", "-a", "-", "owned:/tmp"), kept).succeeded();
    finishWith(reg.start("cp", "-", "owned:/tmp"), archive("--owner=1234", "--mode=644", "file"))
        .succeeded();
    assertThat(printed("owned")).isEqualTo("1234:77 750\n0:0 644\n");
    Process out = reg.start("cp", "owned:/tmp/kept", "-");
    Path tar = Files.write(here.resolve("out.tar"), out.getInputStream().readAllBytes());
    assertThat(out.waitFor()).isZero();
    Process list = new ProcessBuilder("tar", "--numeric-owner", "-tvf", tar.toString()).start();
    assertThat(Reg.finish(list).out()).startsWith("-rwxr-x--- 1234/77").endsWith(" kept\n");
    reg.run("cp", "-a", "owned:/tmp/kept", "again").succeeded();
    assertThat(Files.getAttribute(here.resolve("again"), "unix:uid")).isEqualTo(1234);
  }

  @Test
  void mountsAreWhatAStartHas() throws IOException {
    Path volume = Fixture.project();
    generate("mounts", "-v", volume + ":/data", "--tmpfs", "/scratch", "--", "true");
    reg.run("cp", "file", "mounts:/app/shared").succeeded();
    reg.run("cp", "file", "mounts:/data").succeeded();
    assertThat(here.resolve("shared")).hasContent("content\n");
    assertThat(volume.resolve("file")).hasContent("content\n");
    // What would be lost as soon as it is copied.
    for (String place : List.of("/scratch/file", "/dev/shm/file", "/usr/bin/file")) {
      assertFails(
          reg.run("cp", "file", "mounts:" + place), 1, "mounts:" + place, "Read-only file system");
    }
    generate("closed", "--project-mode", "ro", "--read-only", "--", "true");
    for (String place : List.of("/app/planted", "/tmp/file")) {
      assertFails(reg.run("cp", "file", "closed:" + place), 1, "Read-only file system");
    }
    reg.run("cp", "closed:/app/file", "read").succeeded();
    assertThat(here.resolve("read")).hasContent("content\n");
    assertThat(here.resolve("planted")).doesNotExist();
    generate("copied", "--project-mode", "copy", "--", "cat", "new");
    reg.run("cp", "file", "copied:/app/new").succeeded();
    assertThat(here.resolve("new")).doesNotExist();
    assertThat(printed("copied")).isEqualTo("content\n");
    Fixture.execute("rm", "-r", volume.toString());
    assertFails(reg.run("cp", "mounts:/etc/passwd", "x"), 125, "cannot open " + volume);
  }

  @Test
  void theContainersLimitsHold() throws IOException {
    generate("small", "-m", "32m", "--pids-limit", "8", "--", "wc", "-c", "/tmp/large");
    Files.write(here.resolve("large"), new byte[64 << 20]);
    reg.run("cp", "large", "small:/tmp").succeeded();
    assertThat(printed("small")).isEqualTo((64 << 20) + " /tmp/large\n");
  }

  @Test
  void whatIsCopiedIntoKeepsOthersOut() throws Exception {
    generate("busy", "--no-project", "--", "cat", "/tmp/file", "/tmp/second");
    Files.writeString(here.resolve("second"), "second\n");
    Process first = endless("busy");
    assertThat(reg.state("busy")).isEqualTo("Generated");
    assertFails(
        reg.run("start", "busy"), 125, "cannot start container busy: files are being copied");
    assertFails(
        reg.run("remove", "busy"), 125, "cannot remove container busy: files are being copied");
    assertFails(reg.run("exec", "busy", "true"), 125, "busy is not running");
    // Another copy waits its turn.
    Process second = reg.start("cp", "second", "busy:/tmp");
    Process third = reg.start("cp", "busy:/tmp", "-");
    assertThat(second.isAlive()).isTrue();
    assertThat(copiers("busy")).hasSize(1);
    finishWith(first, archive("file")).succeeded();
    Reg.finish(second).succeeded();
    third.getInputStream().transferTo(OutputStream.nullOutputStream());
    assertThat(third.waitFor()).isZero();
    assertThat(printed("busy")).isEqualTo("content\nsecond\n");
  }

  @Test
  void removalByForceEndsIt() throws IOException {
    generate("removed", "--", "true");
    Process copy = endless("removed");
    reg.run("remove", "-f", "removed").succeeded();
    assertThat(Reg.finish(copy).code()).isEqualTo(137);
    assertThat(copiers("removed")).isEmpty();
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
  }

  @Test
  void itEndsWithItsClient() throws IOException {
    generate("left", "--no-project", "--", "echo", "on");
    Process copy = endless("left");
    Processes.signal("TERM", copy.pid());
    assertThat(Reg.finish(copy).code()).isEqualTo(143);
    assertThat(copiers("left")).isEmpty();
    Process killed = endless("left");
    Processes.signal("KILL", killed.pid());
    // Its input's other end is still open, in this process.
    Await.until(() -> copiers("left").isEmpty(), () -> "the copier goes on");
    Await.until(() -> reg.run("start", "left").code() == 0, () -> "it cannot be started");
    killed.destroy();
    reg.awaitState("left", "Stopped");
    assertThat(reg.run("logs", "left").out()).isEqualTo("on\n");
  }

  @Test
  void itOutlivesTheEngineAndIsStillNoRun() throws IOException {
    generate("kept", "--no-project", "--", "cat", "/tmp/file");
    JsonNode before = reg.inspect("kept");
    Process copy = endless("kept");
    Processes.signal("KILL", reg.enginePid());
    Await.until(() -> reg.run("ps").code() == 0, () -> "no engine again");
    assertThat(reg.inspect("kept")).isEqualTo(before);
    assertFails(reg.run("start", "kept"), 125, "files are being copied");
    reg.run("engine", "stop").succeeded();
    give(copy, archive("file"));
    Await.until(() -> copiers("kept").isEmpty(), () -> "it does not end without an engine");
    assertThat(copy.isAlive()).as("it waits for an engine").isTrue();
    assertThat(reg.inspect("kept")).isEqualTo(before);
    Reg.finish(copy).succeeded();
    assertThat(printed("kept")).isEqualTo("content\n");
  }

  @Test
  void itOutlivesTheLauncherAndBothAtOnce() throws IOException {
    generate("kept", "--no-project", "--", "cat", "/tmp/file");
    JsonNode before = reg.inspect("kept");
    Process copy = endless("kept");
    Processes.signal("KILL", reg.launcherPid());
    Await.until(() -> reg.run("run", "--rm", "-tbusybox", "true").code() == 0, () -> "no launcher");
    assertFails(reg.run("start", "kept"), 125, "files are being copied");
    int engine = reg.enginePid();
    Processes.signal("KILL", reg.launcherPid());
    Processes.signal("KILL", engine);
    Await.until(() -> reg.run("ps").code() == 0, () -> "no engine again");
    assertThat(reg.inspect("kept")).isEqualTo(before);
    assertFails(reg.run("start", "kept"), 125, "files are being copied");
    // The kernel tells the code from Linux 6.15 on; before, nobody may know it and that is said.
    Reg.Result result = finishWith(copy, archive("file"));
    assertThat(result.code()).as(result.err()).isIn(0, 125);
    Await.until(() -> copiers("kept").isEmpty(), () -> "the copier goes on");
    assertThat(reg.inspect("kept")).isEqualTo(before);
    assertThat(printed("kept")).isEqualTo("content\n");
  }

  @Test
  void aUserCopiesWithTheirOwnRightsOnly() throws IOException {
    reg.run("ps").succeeded();
    Reg user = users.as(USER);
    Path home = user.project();
    Files.writeString(home.resolve("roots"), "secret");
    Files.setPosixFilePermissions(
        home.resolve("roots"), PosixFilePermissions.fromString("rw-------"));
    generate(user, "mine", "--", "true");
    generate(user, "bare", "--no-project", "--", "stat", "-c", "%u:%g", "/tmp/own");
    Path own = Files.writeString(home.resolve("own"), "own");
    Files.setAttribute(own, "unix:uid", USER);
    user.run("cp", "own", "bare:/tmp").succeeded();
    user.run("cp", "own", "mine:/app/made").succeeded();
    assertThat(Files.getAttribute(home.resolve("made"), "unix:uid")).isEqualTo(USER);
    assertFails(user.run("cp", "own", "bare:/etc/planted"), 1, "Permission denied");
    assertFails(user.run("cp", "roots", "bare:/tmp"), 1, "cannot open roots: Permission denied");
    assertFails(user.run("cp", "mine:/app/roots", "x"), 1, "Permission denied");
    for (String name : List.of("mine", "bare")) {
      assertFails(users.as(OTHER).run("cp", name + ":/etc/passwd", "x"), 125, name);
    }
    assertFails(
        reg.run("cp", "mine:/etc/passwd", "x"),
        125,
        "cp: cannot reach the files of container mine of uid " + USER,
        "run reg cp as that user");
    reg.run("cp", "bare:/tmp/own", "own").succeeded();
    reg.run("cp", "file", "bare:/tmp/own").succeeded();
    assertThat(printed("bare")).isEqualTo(USER + ":" + USER + "\n");
  }
}
