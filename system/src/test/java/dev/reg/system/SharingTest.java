package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every file exists once, whichever environment it is seen through. */
class SharingTest {
  private static final long MIB = 1 << 20;

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @BeforeEach
  void own() throws IOException {
    reg = Fixture.own();
  }

  @AfterEach
  void close() {
    reg.close();
  }

  @Test
  void twoClosuresReachLibcThroughOneInode() {
    String print =
        "import os; s = os.stat('/lib/x86_64-linux-gnu/libc.so.6'); print(s.st_dev, s.st_ino)";
    String alone =
        reg.run("run", "--rm", "-t", "python", "--", "python3", "-c", print).succeeded().out();
    String beside =
        reg.run("run", "--rm", "-t", "python", "-t", "busybox", "--", "python3", "-c", print)
            .succeeded()
            .out();
    assertThat(alone).isEqualTo(beside);
    assertThat(reg.root.resolve("environments").toFile().list()).hasSize(2);
  }

  @Test
  void thePageCacheGrowsOnce() throws IOException {
    Path folder = Fixture.project();
    Fixture.execute(
        "dd",
        "if=/dev/urandom",
        "of=" + folder.resolve("big"),
        "bs=1M",
        "count=200",
        "status=none");
    Files.writeString(
        folder.resolve("one.yaml"), "name: one\nversion: '1'\nfiles: {big: /usr/share/big}\n");
    Files.writeString(
        folder.resolve("two.yaml"), "name: two\nversion: '1'\nfiles: {big: /usr/share/other}\n");
    reg.in(folder).run("template", "build", "./one.yaml").succeeded();
    reg.in(folder).run("template", "build", "./two.yaml").succeeded();
    read("one", "/usr/share/nothing");
    read("two", "/usr/share/nothing");
    Fixture.execute("sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches");
    long empty = cached();
    read("one", "/usr/share/big");
    long first = cached();
    read("two", "/usr/share/other");
    long second = cached();
    assertThat(first - empty).isGreaterThan(150 * MIB);
    assertThat(second - first).isLessThan(50 * MIB);
  }

  private void read(String template, String path) {
    reg.run(
            "run",
            "--rm",
            "-t",
            "busybox",
            "-t",
            template,
            "--",
            "sh",
            "-c",
            "test ! -e " + path + " || cat " + path + " > /dev/null")
        .succeeded();
  }

  private static long cached() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/meminfo"));
    String line = lines.stream().filter(l -> l.startsWith("Cached:")).findFirst().orElseThrow();
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
  }

  @Test
  void aRunningContainerMapsOnlyTheRepositorysInodes() {
    reg.run(
            "run",
            "-d",
            "--name",
            "py",
            "-tpython",
            "--",
            "python3",
            "-c",
            "import ssl, sqlite3, time; time.sleep(300)")
        .succeeded();
    Await.until(() -> mapped(reg.pid("py")).contains("libsqlite3"), () -> mapped(reg.pid("py")));
    assertThat(reg.run("inspect", "--verify", "py").succeeded().out()).isNotEmpty();
  }

  /** Mapped files of a container's program: the only child of its init. */
  private static String mapped(int init) {
    try {
      String child =
          Files.readString(Path.of("/proc/" + init + "/task/" + init + "/children")).strip();
      return Files.readString(Path.of("/proc/" + child + "/maps"));
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void damageToAnObjectIsFound() throws IOException {
    reg.run("generate", "--name", "g", "-tbusybox").succeeded();
    assertThat(reg.run("inspect", "--verify", "g").code()).isZero();
    Path object;
    try (var walk = Files.walk(reg.root.resolve("environments"))) {
      object = walk.filter(p -> p.endsWith("usr/bin/busybox")).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(object);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(object, damaged);
    Reg.Result found = reg.run("inspect", "--verify", "g");
    assertThat(found.code()).isEqualTo(1);
    assertThat(found.out() + found.err()).contains("/usr/bin/busybox");
    Files.delete(object);
    assertThat(reg.run("inspect", "--verify", "g").code()).isEqualTo(1);
  }
}
