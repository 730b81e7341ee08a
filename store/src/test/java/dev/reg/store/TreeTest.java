package dev.reg.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeTest {
  private static final ObjectId A = new ObjectId(StoreFixture.id("a"), 0644);
  private static final ObjectId B = new ObjectId(StoreFixture.id("b"), 0644);

  private static Entry file(String path) {
    return new Entry.File(path, A);
  }

  private static void refuses(String why, Entry... entries) {
    assertThatThrownBy(() -> Tree.of(List.of(entries)))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith("cannot make a tree of these paths: ")
        .hasMessageContaining(why)
        .message()
        .matches("[\\P{Cntrl}]*");
  }

  @Test
  void sortsByPath() throws Exception {
    Tree tree =
        Tree.of(List.of(file("/opt/b/c"), new Entry.Directory("/opt/b", 0700), file("/opt/a")));
    assertThat(tree.entries())
        .extracting(Entry::path)
        .containsExactly("/opt/a", "/opt/b", "/opt/b/c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        "../x",
        "/..",
        "/../etc/x",
        "/etc/../x",
        "/etc/./x",
        "/etc//x",
        "/etc/x/",
        "//etc/x",
        "etc/x",
        "/",
        ""
      })
  void refusesPathsThatAreNotAbsoluteAndNormalized(String path) {
    refuses("\"" + path + "\" is ", file(path));
    refuses("\"" + path + "\" is ", new Entry.Link(path, "x"));
    refuses("\"" + path + "\" is ", new Entry.Directory(path, 0755));
  }

  @Test
  void refusesWhatNoFileNameShouldHave() {
    refuses("\"/etc/a\\u000ab\" has a control character", file("/etc/a\nb"));
    refuses("\"/etc/a\\u0000b\" has a control character", file("/etc/a\0b"));
    refuses("\"/etc/\\u001b[2J\" has a control character", file("/etc/\u001b[2J"));
    refuses("\"/etc/\\u009b2J\" has a control character", file("/etc/\u009b2J"));
    refuses("\"/etc/\\ud834x\" is not valid Unicode", file("/etc/\ud834x"));
    refuses("\"/etc/\\udd1e\" is not valid Unicode", file("/etc/\udd1e"));
  }

  @Test
  void keepsTheKernelsLimits() throws Exception {
    assertThat(Tree.of(List.of(file("/opt/" + "n".repeat(255)))).entries()).hasSize(1);
    refuses("has a component longer than 255 bytes", file("/opt/" + "n".repeat(256)));
    refuses("has a component longer than 255 bytes", file("/opt/" + "ő".repeat(128)));
    String longest = "/opt" + ("/" + "n".repeat(199)).repeat(20) + "/" + "n".repeat(90);
    assertThat(longest).hasSize(4095);
    assertThat(Tree.of(List.of(file(longest))).entries()).hasSize(1);
    refuses("is longer than 4095 bytes", file(longest + "n"));
    String grows = "/lib" + longest.substring(4);
    refuses("is longer than 4095 bytes", file(grows));
    refuses("is longer than 4095 bytes", new Entry.Link("/opt/l", "n".repeat(4096)));
  }

  @Test
  void refusesAPathGivenTwice() {
    refuses("\"/etc/x\" is given twice", file("/etc/x"), file("/etc/x"));
    refuses("\"/etc/x\" is given twice", file("/etc/x"), new Entry.File("/etc/x", B));
    refuses("\"/etc/x\" is given twice", file("/etc/x"), new Entry.Link("/etc/x", "y"));
    refuses(
        "\"/opt/d\" is given twice",
        new Entry.Directory("/opt/d", 0755),
        new Entry.Directory("/opt/d", 0700));
  }

  @Test
  void takesTheSameDirectoryTwice() throws Exception {
    Entry directory = new Entry.Directory("/opt/d", 0755);
    assertThat(Tree.of(List.of(directory, directory)).entries()).containsExactly(directory);
  }

  @Test
  void refusesEntriesBelowWhatIsNoDirectory() {
    refuses("\"/opt/f/x\" is below \"/opt/f\", which is a file", file("/opt/f/x"), file("/opt/f"));
    refuses(
        "\"/opt/l/a/b\" is below \"/opt/l\", which is a link",
        new Entry.Link("/opt/l", "/etc"),
        file("/opt/l/a/b"));
  }

  @Test
  void followsTheSkeletonsLinks() throws Exception {
    Tree tree =
        Tree.of(
            List.of(
                file("/bin/sh"),
                file("/lib64/ld-linux-x86-64.so.2"),
                new Entry.Link("/sbin/init", "../bin/sh"),
                new Entry.Directory("/var/run/thing", 0755),
                file("/library/x")));
    assertThat(tree.entries())
        .extracting(Entry::path)
        .containsExactly(
            "/library/x",
            "/run/thing",
            "/usr/bin/sh",
            "/usr/lib64/ld-linux-x86-64.so.2",
            "/usr/sbin/init");
  }

  @Test
  void takesTwoSpellingsOfOnePathOnlyWhenTheyAgree() throws Exception {
    assertThat(Tree.of(List.of(file("/lib/x"), file("/usr/lib/x"))).entries())
        .containsExactly(file("/usr/lib/x"));
    refuses(
        "\"/usr/lib/x\" is also given as /lib/x", file("/lib/x"), new Entry.File("/usr/lib/x", B));
  }

  @Test
  void dropsWhatTheSkeletonHas() throws Exception {
    Tree tree =
        Tree.of(
            List.of(
                new Entry.Directory("/tmp", 0755),
                new Entry.Directory("/bin", 0755),
                new Entry.Link("/lib", "usr/lib"),
                new Entry.Link("/sbin", "/usr/sbin"),
                new Entry.Link("/var/run", "/run"),
                new Entry.Link("/var/lock", "../run/lock"),
                new Entry.Directory("/proc", 0555)));
    assertThat(tree.entries()).isEmpty();
  }

  @Test
  void refusesWhatContradictsTheSkeleton() {
    refuses("\"/etc\" must stay a directory", file("/etc"));
    refuses("\"/usr/bin\" must stay a directory", new Entry.Link("/usr/bin", "sbin"));
    refuses("\"/bin\" must stay a link to /usr/bin", new Entry.Link("/bin", "/opt"));
    refuses("\"/lib64\" must stay a link to /usr/lib64", file("/lib64"));
    refuses("hidden by the container's own /proc", file("/proc/version"));
    refuses("hidden by the container's own /dev", new Entry.Directory("/dev/shm", 01777));
  }

  @ParameterizedTest
  @CsvSource({
    "/usr/bin/x, ../../../etc/passwd",
    "/x, ..",
    "/x, /..",
    "/x, /../etc/passwd",
    "/opt/a/x, b/../../../..",
    "/lib/x, ../../../y",
  })
  void refusesLinksOutOfTheRoot(String path, String target) {
    refuses("whose target \"" + target + "\" leads out of the root", new Entry.Link(path, target));
  }

  @ParameterizedTest
  @CsvSource({
    "/usr/bin/x, ../../etc/passwd",
    "/usr/bin/x, /etc/alternatives/x",
    "/lib/x, ../../y",
    "/opt/x, .",
    "/opt/loop, loop",
    "/opt/x, a//b/",
  })
  void takesLinksWithinTheRoot(String path, String target) throws Exception {
    assertThat(Tree.of(List.of(new Entry.Link(path, target))).entries()).hasSize(1);
  }

  @Test
  void refusesBadTargetsAndModes() {
    refuses("whose target \"\" is empty", new Entry.Link("/opt/x", ""));
    refuses("has a control character", new Entry.Link("/opt/x", "a\tb"));
    refuses("has mode 02755, the highest is 01777", new Entry.Directory("/opt/x", 02755));
    refuses("the highest is 01777", new Entry.Directory("/opt/x", -1));
    refuses("\"/tmp\" must keep its mode", new Entry.Directory("/tmp", 0700));
    refuses("\"/etc\" must keep its mode", new Entry.Directory("/etc", 01777));
    refuses("\"/t\" has too long a text", new Entry.Text("/t", "x".repeat((1 << 20) + 1)));
  }

  @Test
  void namesFiveProblemsAndCountsTheRest() {
    List<Entry> bad = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      bad.add(file("bad" + i));
    }
    assertThatThrownBy(() -> Tree.of(bad))
        .hasMessageContaining("\"bad0\" is not absolute; \"bad1\"")
        .hasMessageContaining("\"bad4\"")
        .hasMessageEndingWith("; and 3 more problems");
  }

  @Test
  void hasADigestOfWhatItHoldsAndNotOfTheOrder() throws Exception {
    List<Entry> entries =
        new ArrayList<>(
            List.of(
                file("/opt/a"), new Entry.Link("/opt/b", "a"), new Entry.Directory("/o", 0700)));
    Digest digest = Tree.of(entries).digest();
    Collections.reverse(entries);
    assertThat(Tree.of(entries).digest()).isEqualTo(digest);
    entries.set(0, new Entry.Directory("/o", 0755));
    assertThat(Tree.of(entries).digest()).isNotEqualTo(digest);
  }

  /** Whatever the input: refused as INVALID, or all of it stays below where it is made. */
  @Test
  void neverLetsAPathOut() {
    String[] parts = {"/", "/", "..", ".", "a", "usr", "lib", "etc", "\0", "\n", "é", "//", " "};
    Random random = new Random(20260101);
    int taken = 0;
    for (int round = 0; round < 5_000; round++) {
      StringBuilder path = new StringBuilder(random.nextInt(4) == 0 ? "" : "/");
      for (int i = random.nextInt(8); i >= 0; i--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      try {
        for (Entry entry : Tree.of(List.of(file(path.toString()))).entries()) {
          taken++;
          Path base = Path.of("/base");
          Path made = EnvironmentMaker.locate(base, entry.path());
          assertThat(made).isEqualTo(made.normalize());
          assertThat(made.startsWith("/base/usr") || made.startsWith("/base/root")).isTrue();
          assertThat(made.getNameCount()).isGreaterThan(2);
        }
      } catch (RegException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      }
    }
    assertThat(taken).isPositive();
  }
}
