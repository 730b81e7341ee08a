package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the processes may do that fetch packages and take them apart: looked at while they wait. */
class BuilderRightsTest {
  /** Users whom Debian reserves, Policy 9.2.2. */
  private static final String USER = "\t655(2[0-9]|3[0-3])\t655..\t655..\t655..\n";

  /** Of a set of capabilities, as proc_pid_status(5) has it. */
  private static final String NONE = "0000000000000000";

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
    Path group;
    try (Fd apt =
        Descriptors.open(reg.root.resolve("cache/apt/lock"), Open.O_RDWR | Open.O_CREAT, 0600)) {
      assertThat(Descriptors.tryLock(apt)).isTrue();
      build = reg.start("template", "build", "one");
      Await.until(() -> builders("--from").size() == 1, () -> "builders: " + builders("--from"));
      Path process = Path.of("/proc", builders("--from").getFirst());
      hasNoRights(process);
      isAlone(process, List.of("mnt", "pid", "net", "ipc", "uts"));
      seesNothing(process);
      group = isBounded(process);
    }
    Reg.Result built = Reg.finish(build).succeeded();
    assertThat(built.out()).startsWith("one@");
    assertThat(built.err()).contains("reg: one: waiting for another build\n");
    nothingIsLeft(group);
    reg.run("run", "--rm", "-t", "one", "--", "true").succeeded();
  }

  private static void nothingIsLeft(Path group) {
    assertThat(builders("--from")).isEmpty();
    assertThat(builders("--fetch")).isEmpty();
    assertThat(reg.root.resolve("building").toFile().list()).isEmpty();
    assertThat(group).doesNotExist();
    assertThat(Groups.ofBuilders(group)).isEmpty();
  }

  @Test
  void whatFetchesPackagesIsNobodyWithANetwork() throws Exception {
    Path configuration = reg.root.resolve("engine.yaml");
    Path group;
    // Whoever asks it waits: it takes what it is sent and says nothing.
    ServerSocket mirror = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    try {
      reg.run("engine", "stop").succeeded();
      Files.writeString(
          configuration,
          "apt: {mirror: 'http://127.0.0.1:" + mirror.getLocalPort() + "/debian'}\n");
      Process build = reg.start("template", "build", "one");
      Await.until(() -> !ofApt().isEmpty(), () -> "processes: " + Processes.commandLines());
      Path fetcher = Path.of("/proc", builders("--fetch").getFirst());
      hasNoRights(fetcher);
      for (int pid : ofApt()) {
        hasCapabilities(Path.of("/proc", Integer.toString(pid)), NONE);
      }
      isAlone(fetcher, List.of("mnt", "pid", "ipc", "uts"));
      assertThat(Files.readSymbolicLink(fetcher.resolve("ns/net")))
          .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
      group = isBounded(fetcher);
      writesOnlyWhatIsItsOwn(fetcher);
      mirror.close();
      Reg.Result failed = Reg.finish(build);
      assertThat(failed.code()).isEqualTo(125);
      assertThat(failed.err().lines().toList().getLast())
          .contains("cannot download the package lists", "127.0.0.1");
    } finally {
      mirror.close(); // Once more does no harm.
      reg.run("engine", "stop").succeeded();
      Files.deleteIfExists(configuration);
    }
    nothingIsLeft(group);
  }

  /** What fetches has started, and what that has. */
  private static List<Integer> ofApt() {
    return Processes.commandLines().entrySet().stream()
        .filter(each -> each.getValue().startsWith("/usr/lib/apt/methods/http"))
        .map(Map.Entry::getKey)
        .filter(pid -> isIn(pid, builders("--fetch")))
        .toList();
  }

  /** Whether a process has the files of one of these. */
  private static boolean isIn(int pid, List<String> others) {
    try {
      Path files = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/mnt"));
      for (String other : others) {
        if (files.equals(Files.readSymbolicLink(Path.of("/proc/" + other + "/ns/mnt")))) {
          return true;
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
    return false;
  }

  /** Tried by its user, where it is. */
  private static void writesOnlyWhatIsItsOwn(Path process) throws IOException {
    String root = reg.root.toString();
    String place = root + "/building/=" + placeOf("one");
    String apt = root + "/cache/apt";
    List<String> own =
        List.of(apt + "/state", apt + "/cache", apt + "/log", apt + "/tmp", place + "/fetched");
    assertThat(writable(process))
        .containsAll(own)
        .filteredOn(path -> path.startsWith(root))
        .hasSameSizeAs(own);
    List<String> others =
        List.of(
            "",
            "/tmp",
            "/etc",
            "/usr",
            "/dev",
            root,
            root + "/cache",
            root + "/building",
            place,
            apt,
            apt + "/etc");
    for (String directory : others) {
      assertThat(as(process, "touch \"$0/made\"", directory)).as(directory).isNotZero();
    }
    assertThat(as(process, "echo >> \"$0\"", apt + "/etc/apt.conf")).isNotZero();
    assertThat(as(process, "mv \"$0\" \"$0.x\"", apt + "/state")).isNotZero();
    assertThat(as(process, "ls \"$0\"", reg.root + "/objects")).isNotZero();
    for (String directory : own) {
      assertThat(as(process, "touch \"$0/made\" && rm \"$0/made\"", directory))
          .as(directory)
          .isZero();
    }
  }

  /** The exit code of a script that is run where a process is and as its user. */
  private static int as(Path process, String script, String argument) throws IOException {
    String pid = String.valueOf(process.getFileName());
    String user = Files.getAttribute(process, "unix:uid").toString();
    List<String> command =
        List.of(
            "nsenter", "-t", pid, "-m", "-r", "-w", "--", "setpriv", "--reuid", user, "--regid");
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(user, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--"));
    all.addAll(List.of("sh", "-c", script, argument));
    return Reg.finish(new ProcessBuilder(all).start()).code();
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
      isAlone(process, List.of("mnt", "pid", "net", "ipc", "uts"));
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
    hasRights(process, NONE);
  }

  private static void hasRights(Path process, String capabilities) throws IOException {
    String status = Files.readString(process.resolve("status"));
    assertThat(status).containsPattern("Uid:" + USER).containsPattern("Gid:" + USER);
    assertThat(status).containsPattern("Groups:\t *\n").containsPattern("NoNewPrivs:\t1\n");
    hasCapabilities(process, capabilities);
    assertThat(status).as("the first of its namespace").containsPattern("NSpid:\t[0-9]+\t1\n");
  }

  private static void hasCapabilities(Path process, String capabilities) throws IOException {
    String status = Files.readString(process.resolve("status"));
    assertThat(status).containsPattern("Uid:" + USER);
    for (String set : List.of("Inh", "Prm", "Eff", "Bnd", "Amb")) {
      assertThat(status).contains("Cap" + set + ":\t" + capabilities + "\n");
    }
  }

  private static void isAlone(Path process, List<String> namespaces) throws IOException {
    for (String namespace : namespaces) {
      assertThat(Files.readSymbolicLink(process.resolve("ns/" + namespace)))
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns", namespace)));
    }
  }

  /** Where something is mounted that is not read-only. */
  private static List<String> writable(Path process) throws IOException {
    List<String> writable = new ArrayList<>();
    for (String mount : Files.readAllLines(process.resolve("mountinfo"))) {
      String[] words = mount.split(" ", -1);
      if (!words[5].startsWith("ro")) {
        writable.add(words[4]);
      }
    }
    return writable;
  }

  /** The name of the one directory in which a template is built. */
  private static String placeOf(String name) throws IOException {
    List<String> places =
        names(reg.root.resolve("building").toString()).stream()
            .filter(place -> place.startsWith(name + "="))
            .toList();
    assertThat(places).hasSize(1);
    return places.getFirst();
  }

  private static void seesNothing(Path process) throws IOException {
    String place = placeOf("one");
    String out = reg.root.resolve("building").resolve(place).toString();
    // The root is a file system of its own in which all is root's; devices are devices.
    assertThat(writable(process))
        .containsExactlyInAnyOrder("/", "/proc", "/dev/null", "/dev/random", "/dev/urandom", out);
    Path root = process.resolve("root");
    assertThat(root.resolve("etc/passwd")).doesNotExist();
    assertThat(root.resolve("home")).doesNotExist();
    assertThat(root.resolve("sys")).doesNotExist();
    assertThat(names(root + reg.root.toString())).containsExactly("building");
    assertThat(names(root + reg.root.toString() + "/building"))
        .containsExactlyInAnyOrder(place, "=" + place);
    assertThat(names(root + reg.root.toString() + "/building/=" + place))
        .containsExactly("packages");
    assertThat(names(root + "/proc").stream().filter(name -> name.matches("[0-9]+")))
        .as("its processes")
        .containsExactly("1");
  }

  /** The group that it is in, with all processes of its build. */
  private static Path isBounded(Path process) throws IOException {
    assertThat(Files.readString(process.resolve("limits")))
        .doesNotContainPattern("Max cpu time +unlimited")
        .doesNotContainPattern("Max address space +unlimited")
        .doesNotContainPattern("Max file size +unlimited")
        .doesNotContainPattern("Max processes +unlimited")
        .containsPattern("Max core file size +0 +0 ");
    Path group = Groups.of(Integer.parseInt(process.getFileName().toString()), "memory");
    assertThat(group.toString()).matches(".*/reg-[0-9a-z]+/b-[0-9a-f]+");
    assertThat(Groups.ofBuilders(group)).containsExactly(group.getFileName().toString());
    boolean memory = Files.getFileStore(reg.root).type().equals("tmpfs");
    assertThat(Groups.read(group, "memory.limit_in_bytes", "memory.max"))
        .as("bytes of all its processes together")
        .isEqualTo(memory ? "23622320128" : "2147483648");
    return group;
  }

  private static List<String> names(String directory) throws IOException {
    try (Stream<Path> all = Files.list(Path.of(directory))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static List<String> builders(String option) {
    return Processes.builders(reg.root, option);
  }
}
