package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the process may do that takes packages apart: looked at while it waits for some. */
class BuilderRightsTest {
  /** Users whom Debian reserves, Policy 9.2.2. */
  private static final String USER = "\t655(2[0-9]|3[0-3])\t655..\t655..\t655..\n";

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg =
        Fixture.withRecipes(
            Map.of(
                "one",
                """
                version: {package: busybox-static}
                packages: [busybox-static]
                include: {bins: [/usr/bin/busybox]}
                links: {/usr/bin/true: busybox}
                """));
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  @Test
  void whatUnpacksPackagesIsNobodyInAPlaceWithNothing() throws Exception {
    Process build;
    try (FileChannel apt =
            FileChannel.open(
                reg.root.resolve("cache/apt/lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock held = apt.lock()) {
      assertThat(held.isValid()).isTrue();
      build = reg.start("template", "build", "one");
      Await.until(() -> builders().size() == 1, () -> "builders: " + builders());
      Path process = Path.of("/proc", builders().getFirst());
      hasNoRights(process);
      seesNothing(process);
      isBounded(process);
    }
    assertThat(Reg.finish(build).succeeded().out()).startsWith("one@");
    assertThat(builders()).isEmpty();
    assertThat(reg.root.resolve("building").toFile().list()).isEmpty();
    reg.run("run", "--rm", "-t", "one", "--", "true").succeeded();
  }

  /**
   * What reads a program of this machine: it sees the machine, and may read it, and that is all.
   */
  @Test
  void whatReadsTheMachineMayOnlyRead() throws Exception {
    Process build = reg.start("template", "build", "--from-host", "--name", "own", "/usr/bin/env");
    Path process = stoppedReader();
    try {
      hasRights(process, "0000000000000004"); // CAP_DAC_READ_SEARCH of capabilities(7)
      isBounded(process);
      for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
        assertThat(Files.readSymbolicLink(process.resolve("ns/" + namespace)))
            .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
      }
      assertThat(process.resolve("root/etc/passwd")).exists();
      assertThat(Files.readString(process.resolve("net/dev")).lines().skip(2).toList())
          .as("its network")
          .allSatisfy(line -> assertThat(line.strip()).startsWith("lo:"));
    } finally {
      signal("CONT", process);
    }
    assertThat(Reg.finish(build).succeeded().out()).startsWith("own@");
    assertThat(Processes.builders(reg.root, "--program")).isEmpty();
  }

  /** The builder, stopped before it has ended. */
  private static Path stoppedReader() throws Exception {
    List<String> found = new ArrayList<>();
    Await.until(
        () -> found.addAll(Processes.builders(reg.root, "--program")), () -> "no builder came");
    Path process = Path.of("/proc", found.getFirst());
    signal("STOP", process);
    return process;
  }

  private static void signal(String signal, Path process) throws Exception {
    String id = process.getFileName().toString();
    assertThat(new ProcessBuilder("kill", "-" + signal, id).inheritIO().start().waitFor()).isZero();
  }

  private static void hasNoRights(Path process) throws IOException {
    hasRights(process, "0000000000000000");
  }

  private static void hasRights(Path process, String capabilities) throws IOException {
    String status = Files.readString(process.resolve("status"));
    assertThat(status).containsPattern("Uid:" + USER).containsPattern("Gid:" + USER);
    assertThat(status).containsPattern("Groups:\t *\n").containsPattern("NoNewPrivs:\t1\n");
    for (String set : List.of("Inh", "Prm", "Eff", "Bnd", "Amb")) {
      assertThat(status).contains("Cap" + set + ":\t" + capabilities + "\n");
    }
    assertThat(status).as("the first of its namespace").containsPattern("NSpid:\t[0-9]+\t1\n");
  }

  private static void seesNothing(Path process) throws IOException {
    for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
      assertThat(Files.readSymbolicLink(process.resolve("ns/" + namespace)))
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
    }
    String out = reg.root.resolve("building/one").toString();
    List<String> writable = new ArrayList<>();
    for (String mount : Files.readAllLines(process.resolve("mountinfo"))) {
      String[] words = mount.split(" ", -1);
      if (!words[5].startsWith("ro")) {
        writable.add(words[4]);
      }
    }
    // The root is a file system of its own in which all is root's; devices are devices.
    assertThat(writable)
        .containsExactlyInAnyOrder("/", "/proc", "/dev/null", "/dev/random", "/dev/urandom", out);
    Path root = process.resolve("root");
    assertThat(root.resolve("etc/passwd")).doesNotExist();
    assertThat(root.resolve("home")).doesNotExist();
    assertThat(root.resolve("sys")).doesNotExist();
    assertThat(names(root + reg.root.toString())).containsExactly("building");
    assertThat(names(root + reg.root.toString() + "/building"))
        .containsExactlyInAnyOrder("one", "=one");
    assertThat(names(root + reg.root.toString() + "/building/=one")).containsExactly("packages");
    assertThat(names(root + "/proc").stream().filter(name -> name.matches("[0-9]+")))
        .as("its processes")
        .containsExactly("1");
  }

  private static void isBounded(Path process) throws IOException {
    assertThat(Files.readString(process.resolve("limits")))
        .doesNotContainPattern("Max cpu time +unlimited")
        .doesNotContainPattern("Max address space +unlimited")
        .doesNotContainPattern("Max file size +unlimited")
        .doesNotContainPattern("Max processes +unlimited")
        .containsPattern("Max core file size +0 +0 ");
  }

  private static List<String> names(String directory) throws IOException {
    try (Stream<Path> all = Files.list(Path.of(directory))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static List<String> builders() {
    return Processes.builders(reg.root, "--from");
  }
}
