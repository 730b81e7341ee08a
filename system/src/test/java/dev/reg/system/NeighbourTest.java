package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a container's want of memory does to another with the same libraries: nothing. */
class NeighbourTest {
  private static final String READER =
      "until test -e /dev/shm/go; do sleep 0.1; done;"
          + " find /usr -type f -exec cat {} + >/dev/null; touch /dev/shm/done; sleep 600";

  private static final String NEIGHBOUR =
      "import ssl, time; open('/dev/shm/up', 'w'); time.sleep(600)";

  private static final String EATER = "x = [bytearray(1 << 20) for _ in iter(int, 1)]";

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  /** One in which nobody has read an environment's files yet: who is first pays. */
  @BeforeEach
  void engine() throws IOException {
    Fixture.shared("python");
    reg = Fixture.own();
  }

  @AfterEach
  void close() {
    reg.close();
  }

  private void start(String name, String memory, String... command) {
    String[] begin = {"run", "-d", "--no-project", "--name", name};
    String[] limit = memory.isEmpty() ? new String[0] : new String[] {"-m", memory};
    String[] templates = {"-tpython", "-tbusybox", "--"};
    String[] words =
        List.of(begin, limit, templates, command).stream()
            .flatMap(Stream::of)
            .toArray(String[]::new);
    reg.run(words).succeeded();
  }

  private static void await(int pid, String name) {
    Path file = Path.of("/proc/" + pid + "/root/dev/shm/" + name);
    Await.until(() -> Files.exists(file), () -> "no " + file);
  }

  @Test
  void itsLibrariesStayInMemoryWhateverASmallContainerDoes() throws IOException {
    start("neighbour", "", "python3", "-c", NEIGHBOUR);
    int neighbour = reg.pid("neighbour");
    await(neighbour, "up");
    List<Path> libraries = mapped(neighbour);
    assertThat(libraries).anyMatch(file -> file.toString().contains("libc.so"));
    start("small", "16m", "sh", "-c", READER);
    int small = reg.pid("small");
    // With the first that is limited, the whole environment is read in on the repository's account.
    assertResident(libraries, "before");

    Files.createFile(Path.of("/proc/" + small + "/root/dev/shm/go"));
    await(small, "done");
    assertResident(libraries, "when the small one had read all files");
    assertThat(LimitsTest.charged(Groups.of(small, "memory"))).isLessThan(1 << 20);

    start("eater", "16m", "python3", "-c", EATER);
    assertThat(reg.run("wait", "eater").out()).isEqualTo("137\n");
    assertThat(reg.inspect("eater").get("oomKilled").booleanValue()).isTrue();
    assertResident(libraries, "after want of memory");
  }

  /**
   * Were they charged to a container of 16 MiB, most pages would go; version 1 has nothing that
   * keeps the kernel from taking a single one, as it did once.
   */
  private static void assertResident(List<Path> files, String when) throws IOException {
    long pages = 0;
    long missing = 0;
    for (Path file : files) {
      pages += (Files.size(file) + PageCache.PAGE - 1) / PageCache.PAGE;
      missing += PageCache.missing(file);
    }
    assertThat(missing).as(when + ": of " + pages + " pages").isLessThanOrEqualTo(pages / 100);
  }

  /** The environment's files that the program of an init has mapped. */
  private static List<Path> mapped(int init) throws IOException {
    String children = Files.readString(Path.of("/proc/" + init + "/task/" + init + "/children"));
    return Files.readAllLines(Path.of("/proc/" + children.strip() + "/maps")).stream()
        .map(line -> line.split(" +", 6))
        .filter(fields -> fields.length == 6 && fields[5].startsWith("/usr/"))
        .map(fields -> Path.of("/proc/" + init + "/root" + fields[5]))
        .distinct()
        .toList();
  }
}
