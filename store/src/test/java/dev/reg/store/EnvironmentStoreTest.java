package dev.reg.store;

import static dev.reg.store.StoreFixture.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentStoreTest {
  @TempDir Path directory;
  private StoreFixture store;
  private ObjectId python;
  private ObjectId hosts;

  @BeforeEach
  void open() throws Exception {
    store = StoreFixture.in(directory);
    python = store.put("python", 0755);
    hosts = store.put("127.0.0.1 localhost\n", 0644);
  }

  private Tree tree() throws RegException {
    return Tree.of(
        List.of(
            new Entry.File("/bin/python3.11", python),
            new Entry.Link("/usr/bin/python3", "python3.11"),
            new Entry.File("/etc/deep/er/hosts", hosts),
            new Entry.Directory("/var/lib/thing", 0750)));
  }

  private Environment make(String name) throws IOException, RegException {
    return store.environments().make(id(name), this::tree);
  }

  @Test
  void splitsTheTreeAtUsr() throws Exception {
    Environment made = make("a");

    assertThat(made.usr().resolve("bin/python3.11")).hasContent("python");
    assertThat(Files.readSymbolicLink(made.usr().resolve("bin/python3")))
        .isEqualTo(Path.of("python3.11"));
    assertThat(made.root().resolve("etc/deep/er/hosts")).hasContent("127.0.0.1 localhost\n");
    assertThat(made.root().resolve("usr")).isEmptyDirectory();
    assertThat(mode(made.root().resolve("var/lib/thing"))).isEqualTo(040750);
    assertThat(mode(made.root().resolve("etc/deep"))).isEqualTo(040755);
    assertThat(made.files()).isEqualTo(2);
    assertThat(made.bytes()).isEqualTo(26);
    assertThat(made.id()).isEqualTo(id("a"));
  }

  @Test
  void hasTextsOfItsOwnThatAreNoObjects() throws Exception {
    Tree tree = Tree.of(List.of(new Entry.Text("/etc/passwd", "root:x:0:0:ü\n")));
    Environment made = store.environments().make(id("text"), () -> tree);
    Path file = made.root().resolve("etc/passwd");
    assertThat(file).hasContent("root:x:0:0:ü\n");
    assertThat(mode(file)).isEqualTo(0100644);
    assertThat(made.files()).isZero();
    assertThat(store.environments().problems(id("text"))).isEmpty();

    Files.writeString(file, "root::0:0:ü\n");
    assertThat(store.environments().problems(id("text")))
        .containsExactly("\"/etc/passwd\" has another content than it was made with");
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("group"));
    assertThat(store.environments().problems(id("text")))
        .containsExactly("\"/etc/passwd\" is not the file that was made there");
  }

  @Test
  void givesEveryEnvironmentTheSkeleton() throws Exception {
    Environment made = store.environments().make(id("empty"), () -> Tree.of(List.of()));

    for (String name : List.of("bin", "sbin", "lib", "lib64")) {
      assertThat(Files.readSymbolicLink(made.root().resolve(name))).isEqualTo(Path.of("usr", name));
      assertThat(made.usr().resolve(name)).isDirectory();
    }
    for (String name :
        List.of(
            "dev",
            "proc",
            "sys",
            "run",
            "home",
            "opt",
            "srv",
            "mnt",
            "etc",
            "var",
            "var/lib",
            "var/log",
            "var/cache",
            "app",
            "usr")) {
      assertThat(mode(made.root().resolve(name))).as(name).isEqualTo(040755);
    }
    assertThat(mode(made.root().resolve("tmp"))).isEqualTo(041777);
    assertThat(mode(made.root().resolve("var/tmp"))).isEqualTo(041777);
    assertThat(mode(made.root().resolve("root"))).isEqualTo(040700);
    assertThat(Files.readSymbolicLink(made.root().resolve("var/run"))).isEqualTo(Path.of("../run"));
    assertThat(Files.readSymbolicLink(made.root().resolve("var/lock")))
        .isEqualTo(Path.of("../run/lock"));
    assertThat(made.usr().resolve("share")).isDirectory();
    assertThat(store.environments().problems(id("empty"))).isEmpty();
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void whatIsHeldAtTheLastMomentStays() throws Exception {
    Environment one = make("one");
    boolean[] found = new boolean[1];
    assertThat(
            store
                .environments()
                .removeUnless(
                    id("one"),
                    () -> {
                      found[0] = store.environments().find(id("one")).isPresent();
                      return true;
                    }))
        .isFalse();
    assertThat(found[0]).as("found while it is asked for").isFalse();
    assertThat(store.environments().find(id("one"))).containsSame(one);
    assertThat(store.environments().problems(id("one"))).isEmpty();
    assertThat(store.environments().removeUnless(id("one"), () -> false)).isTrue();
    assertThat(store.environments().removeUnless(id("one"), () -> false)).isFalse();
  }

  @Test
  void knowsWhenItWasLetGoLast() throws Exception {
    make("one");
    Path place = one("one");
    Files.setLastModifiedTime(place, FileTime.from(Instant.EPOCH));
    assertThat(store.environments().lastReleased(id("one"))).isEqualTo(Instant.EPOCH);
    Instant before = Instant.now().minusSeconds(1);
    store.environments().released(id("one"));
    assertThat(store.environments().lastReleased(id("one"))).isAfter(before);
    store.environments().released(id("two"));
    assertThat(store.environments().problems(id("one"))).isEmpty();
  }

  private Path one(String name) {
    Path usr = store.environments().find(id(name)).orElseThrow().usr();
    return Objects.requireNonNull(usr.getParent());
  }

  @Test
  void linksToTheObjectsInodeInEveryEnvironment() throws Exception {
    Environment one = make("one");
    Environment two = make("two");

    Object inode = Files.getAttribute(store.objects().path(python), "unix:ino");
    assertThat(Files.getAttribute(one.usr().resolve("bin/python3.11"), "unix:ino"))
        .isEqualTo(inode);
    assertThat(Files.getAttribute(two.usr().resolve("bin/python3.11"), "unix:ino"))
        .isEqualTo(inode);
    assertThat(store.objects().linkCount(python)).isEqualTo(2);
  }

  @Test
  void hasNoInodeTwiceInOneTree() throws Exception {
    ObjectId empty = store.put("", 0644);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      entries.add(new Entry.File("/usr/lib/p" + i + "/__init__.py", empty));
    }
    Environment first = store.environments().make(id("1"), () -> Tree.of(entries));
    store.environments().make(id("2"), () -> Tree.of(entries));

    Set<Inode> inodes = store.environments().inodes(id("1"));
    assertThat(inodes).hasSize(50).isEqualTo(store.environments().inodes(id("2")));
    assertThat(first.files()).isEqualTo(50);
    assertThat(store.objects().linkCount(empty)).isEqualTo(100);
    assertThat(store.objects().usage().objects()).isEqualTo(3);
    assertThat(store.environments().problems(id("1"))).isEmpty();
  }

  @Test
  void isFoundAgainByTheNextEngine() throws Exception {
    Environment made = make("a");

    StoreFixture next = StoreFixture.in(directory);
    assertThat(next.environments().find(id("a"))).contains(made);
    assertThat(next.environments().list()).containsExactly(made);
    assertThat(next.environments().problems(id("a"))).isEmpty();
    assertThat(next.environments().inodes(id("a"))).hasSize(2);
  }

  @Test
  void isMadeOnceByManyAtATime() throws Exception {
    int callers = 8;
    AtomicInteger asked = new AtomicInteger();
    CyclicBarrier barrier = new CyclicBarrier(callers);
    try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
      Callable<Environment> one =
          () -> {
            barrier.await();
            return store
                .environments()
                .make(
                    id("a"),
                    () -> {
                      asked.incrementAndGet();
                      return tree();
                    });
          };
      List<Environment> made = new ArrayList<>();
      for (Future<Environment> future : threads.invokeAll(Collections.nCopies(callers, one))) {
        made.add(future.get());
      }
      assertThat(made).hasSize(callers).containsOnly(made.getFirst());
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void asksTheNextCallerWhenOneFails() throws Exception {
    assertThatThrownBy(
            () ->
                store
                    .environments()
                    .make(
                        id("a"),
                        () -> {
                          throw new RegException(ErrorKind.UNAVAILABLE, "no template today");
                        }))
        .hasMessage("no template today");
    assertThat(make("a").files()).isEqualTo(2);
  }

  @Test
  void leavesNothingWhenAnObjectIsMissing() throws Exception {
    List<String> before = store.everything();
    ObjectId never = new ObjectId(id("never stored"), 0644);
    Tree tree = Tree.of(List.of(new Entry.File("/etc/x", hosts), new Entry.File("/etc/y", never)));

    assertThatThrownBy(() -> store.environments().make(id("a"), () -> tree))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
        .hasMessageContaining("\"/etc/y\"")
        .hasMessageContaining(never.toString());
    assertThat(store.everything()).isEqualTo(before);
    assertThat(store.environments().find(id("a"))).isEmpty();
  }

  @Test
  void removesAnEnvironmentAndKeepsTheObjects() throws Exception {
    List<String> before = store.everything();
    make("a");

    assertThat(store.environments().remove(id("a"))).isTrue();
    assertThat(store.environments().remove(id("a"))).isFalse();
    assertThat(store.everything()).isEqualTo(before);
    assertThat(store.objects().linkCount(python)).isZero();
    assertThatThrownBy(() -> store.environments().problems(id("a")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void namesEverythingThatIsWrong() throws Exception {
    Environment made = make("a");
    Path file = made.usr().resolve("bin/python3.11");
    Files.delete(file);
    Files.writeString(file, "viper!");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.delete(made.usr().resolve("bin/python3"));
    Files.createSymbolicLink(made.usr().resolve("bin/python3"), Path.of("perl"));
    Files.delete(made.root().resolve("etc/deep/er/hosts"));
    Files.createDirectory(made.root().resolve("etc/intruder"));
    Files.writeString(made.usr().resolve("bin/intruder"), "");
    Files.setPosixFilePermissions(
        made.root().resolve("var/lib/thing"), PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(store.environments().problems(id("a")))
        .containsExactlyInAnyOrder(
            "\"/usr/bin/python3.11\" is not the inode of its object "
                + store.objects().path(python),
            "\"/usr/bin/python3.11\" has a content whose digest is " + id("viper!"),
            "\"/usr/bin/python3\" leads to \"perl\" instead of \"python3.11\"",
            "\"/etc/deep/er/hosts\" is missing",
            "\"/etc/intruder\" is not part of the environment",
            "\"/usr/bin/intruder\" is not part of the environment",
            "\"/var/lib/thing\" has mode 0777 instead of 0750");
  }

  @Test
  void seesAnObjectThatChangedInPlace() throws Exception {
    make("a");
    Files.writeString(store.objects().path(hosts), "6.6.6.6 localhost!!\n");
    Files.setPosixFilePermissions(
        store.objects().path(hosts), PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(store.environments().problems(id("a")))
        .containsExactlyInAnyOrder(
            "\"/etc/deep/er/hosts\" has mode 0666 instead of 0644",
            "\"/etc/deep/er/hosts\" has a content whose digest is " + id("6.6.6.6 localhost!!\n"));
  }

  @Test
  void replacesAnEnvironmentWhoseManifestIsBroken() throws Exception {
    Environment made = make("a");
    Path manifest = Layout.manifest(store.layout().environment(id("a")));
    Files.writeString(manifest, Files.readString(manifest).replace("python3.11", "python3.12"));
    assertThat(store.environments().problems(id("a")))
        .singleElement()
        .asString()
        .contains("does not have the digest it ends with");

    Files.writeString(manifest, "nonsense");
    StoreFixture next = StoreFixture.in(directory);
    assertThat(next.environments().find(id("a"))).isEmpty();
    assertThat(next.environments().make(id("a"), this::tree)).isEqualTo(made);
    assertThat(next.environments().problems(id("a"))).isEmpty();
  }

  @Test
  void refusesAPathThatIsTooLongBelowTheRoot() throws Exception {
    String name = "/" + "n".repeat(199);
    String path = "/opt" + name.repeat(20) + "/" + "n".repeat(60);
    Tree tree = Tree.of(List.of(new Entry.File(path, hosts)));
    List<String> before = store.everything();

    assertThatThrownBy(() -> store.environments().make(id("a"), () -> tree))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("the kernel takes 4095");
    assertThat(store.everything()).isEqualTo(before);
  }

  @Test
  void keepsNamesThatAreNotAscii() throws Exception {
    Environment made =
        store
            .environments()
            .make(
                id("a"), () -> Tree.of(List.of(new Entry.File("/usr/share/Főtan 𝄞.crt", hosts))));

    assertThat(made.usr().resolve("share/Főtan 𝄞.crt")).hasContent("127.0.0.1 localhost\n");
    assertThat(StoreFixture.in(directory).environments().problems(id("a"))).isEmpty();
  }
}
