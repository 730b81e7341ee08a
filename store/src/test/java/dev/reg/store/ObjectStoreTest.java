package dev.reg.store;

import static dev.reg.store.StoreFixture.id;
import static dev.reg.store.StoreFixture.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {
  @TempDir Path directory;
  private StoreFixture store;
  private ObjectStore objects;

  @BeforeEach
  void open() throws IOException {
    store = StoreFixture.in(directory);
    objects = store.objects();
  }

  private List<ObjectId> list() throws IOException {
    try (Stream<ObjectId> all = objects.list()) {
      return all.sorted().toList();
    }
  }

  @Test
  void storesContentUnderItsDigestAndMode() throws Exception {
    ObjectId object = store.put("hello", 0755);

    assertThat(object).isEqualTo(new ObjectId(id("hello"), 0755));
    Path file = objects.path(object);
    assertThat(file)
        .hasContent("hello")
        .isEqualTo(
            directory.resolve(
                "root/objects/2c/"
                    + "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824-755-0"));
    assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100755);
    assertThat(Files.getLastModifiedTime(file).toInstant()).hasToString("1980-01-02T00:00:00Z");
    assertThat(objects.size(object)).isEqualTo(5);
    assertThat(objects.contains(object)).isTrue();
    assertThat(objects.problems(object)).isEmpty();
    assertThat(objects.linkCount(object)).isZero();
    assertThat(store.layout().objects().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void keepsOneInodePerContentAndMode() throws Exception {
    ObjectId first = store.put("x", 0644);
    Object inode = Files.getAttribute(objects.path(first), "unix:ino");
    ObjectId again = store.put("x", 0100644);
    ObjectId other = store.put("x", 0755);

    assertThat(again).isEqualTo(first);
    assertThat(Files.getAttribute(objects.path(first), "unix:ino")).isEqualTo(inode);
    assertThat(other).isNotEqualTo(first);
    assertThat(list()).containsExactlyInAnyOrder(first, other);
    assertThat(objects.usage()).isEqualTo(new Usage(2, 2));
  }

  @Test
  void dropsSetUserIdAndTheLike() throws Exception {
    ObjectId object = store.put("su", 0107755);
    assertThat(object.mode()).isEqualTo(0755);
    assertThat(Files.getAttribute(objects.path(object), "unix:mode")).isEqualTo(0100755);
  }

  @Test
  void keepsUnusualModesExactly() throws Exception {
    for (int mode : new int[] {0, 0222, 0444, 0777}) {
      ObjectId object = store.put("m", mode);
      assertThat(Files.getAttribute(objects.path(object), "unix:mode")).isEqualTo(0100000 | mode);
    }
  }

  @Test
  void showsNothingBeforeTheCommit() throws Exception {
    try (Ingest ingest = objects.begin()) {
      ObjectId one = ingest.add(stream("one"), 0644, null);
      assertThat(ingest.add(stream("one"), 0644, null)).isEqualTo(one);
      ObjectId two = ingest.add(stream("two"), 0644, id("two"));
      assertThat(objects.contains(one)).isFalse();
      assertThat(list()).isEmpty();

      ingest.commit();
      assertThat(list()).containsExactlyInAnyOrder(one, two);
    }
    assertThat(store.layout().objects().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void leavesNothingWithoutACommit() throws Exception {
    List<String> before = store.everything();
    try (Ingest ingest = objects.begin()) {
      ingest.add(stream("one"), 0644, null);
    }
    assertThat(store.everything()).isEqualTo(before);
  }

  @Test
  void refusesAWrongDigestAndLeavesNothing() throws Exception {
    List<String> before = store.everything();
    try (Ingest ingest = objects.begin()) {
      assertThatThrownBy(() -> ingest.add(stream("bad"), 0644, id("good")))
          .isInstanceOfSatisfying(
              RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
          .hasMessageContaining("its digest is " + id("bad") + ", expected was " + id("good"));
      ingest.commit();
    }
    assertThat(store.everything()).isEqualTo(before);
  }

  @Test
  void leavesNothingWhenTheSourceBreaks() throws Exception {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the line is dead");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };
    List<String> before = store.everything();
    try (Ingest ingest = objects.begin()) {
      InputStream half = new SequenceInputStream(stream("half"), broken);
      assertThatThrownBy(() -> ingest.add(half, 0644, null)).hasMessage("the line is dead");
      ingest.commit();
    }
    assertThat(store.everything()).isEqualTo(before);
  }

  @Test
  void refusesToStandInForABrokenObject() throws Exception {
    ObjectId object = store.put("whole", 0644);
    Files.writeString(objects.path(object), "who");

    assertThatThrownBy(() -> store.put("whole", 0644))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
        .hasMessageContaining("has 3 bytes instead of 5");
    assertThat(store.layout().objects().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void takesTheSameContentsFromSeveralThreads() throws Exception {
    List<Callable<List<ObjectId>>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      tasks.add(
          () -> {
            List<ObjectId> added = new ArrayList<>();
            try (Ingest ingest = objects.begin()) {
              for (int i = 0; i < 100; i++) {
                added.add(ingest.add(stream("content " + i), 0644, null));
              }
              ingest.commit();
            }
            return added;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<ObjectId> all = new ArrayList<>();
      for (Future<List<ObjectId>> future : threads.invokeAll(tasks)) {
        all.addAll(future.get());
      }
      assertThat(all.stream().distinct().sorted().toList()).isEqualTo(list()).hasSize(100);
    }
    for (ObjectId object : list()) {
      assertThat(objects.problems(object)).isEmpty();
    }
  }

  @Test
  void makesReplicasWhenAskedForThem() throws Exception {
    ObjectId object = store.put("abc", 0640);
    assertThat(objects.link(object, 0, directory.resolve("l0"))).isZero();
    assertThat(objects.link(object, 2, directory.resolve("l2"))).isEqualTo(2);

    assertThat(Files.getAttribute(directory.resolve("l2"), "unix:mode")).isEqualTo(0100640);
    assertThat(Files.getAttribute(directory.resolve("l2"), "unix:ino"))
        .isNotEqualTo(Files.getAttribute(directory.resolve("l0"), "unix:ino"));
    assertThat(objects.linkCount(object)).isEqualTo(2);
    assertThat(list()).containsExactly(object);
    assertThat(objects.usage()).isEqualTo(new Usage(1, 9));
    assertThat(objects.problems(object)).isEmpty();
  }

  @Test
  void makesNoReplicaOfABrokenObject() throws Exception {
    ObjectId object = store.put("abc", 0640);
    Files.writeString(objects.path(object), "abd");

    assertThatThrownBy(() -> objects.link(object, 1, directory.resolve("l")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED));
    assertThat(directory.resolve("l")).doesNotExist();
    assertThat(objects.problems(object))
        .containsExactly(objects.path(object) + " has a content whose digest is " + id("abd"));
  }

  @Test
  void movesOnWhenAnInodeTakesNoMoreLinks() throws Exception {
    StoreFixture limited = StoreFixture.in(directory.resolve("limited"), new LinkLimitedDisk(4));
    ObjectId empty = limited.put("", 0644);
    Tree tree =
        Tree.of(
            List.of(
                new Entry.File("/opt/a", empty),
                new Entry.File("/opt/b", empty),
                new Entry.File("/opt/c", empty)));
    for (int i = 0; i < 10; i++) {
      Digest id = id("e" + i);
      limited.environments().make(id, () -> tree);
      assertThat(limited.environments().inodes(id)).hasSize(3);
    }
    for (int i = 0; i < 10; i++) {
      assertThat(limited.environments().problems(id("e" + i))).isEmpty();
    }
    assertThat(limited.objects().linkCount(empty)).isEqualTo(30);
    assertThat(limited.objects().problems(empty)).isEmpty();
    assertThat(limited.objects().usage().objects()).isEqualTo(1);
  }

  @Test
  void deletesAllReplicasAndCountsWhatThatFrees() throws Exception {
    ObjectId object = store.put("abc", 0640);
    objects.link(object, 0, directory.resolve("l0"));
    objects.link(object, 1, directory.resolve("l1"));
    Files.delete(directory.resolve("l1"));

    assertThat(objects.delete(object)).isEqualTo(3);
    assertThat(objects.delete(object)).isZero();
    assertThat(objects.contains(object)).isFalse();
    assertThat(directory.resolve("l0")).hasContent("abc");
    assertThat(list()).isEmpty();
    assertThat(objects.usage()).isEqualTo(new Usage(0, 0));
  }

  @Test
  void namesWhatIsWrongWithAnObject() throws Exception {
    ObjectId object = store.put("abc", 0640);
    Path file = objects.path(object);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(objects.problems(object)).containsExactly(file + " has mode 0777 instead of 0640");
    Files.delete(file);
    assertThat(objects.problems(object)).containsExactly(file + " is missing");
    Files.createDirectory(file);
    assertThat(objects.problems(object)).containsExactly(file + " is not a regular file");
  }

  @Test
  void refusesWhatIsNotThere() {
    ObjectId never = new ObjectId(id("never"), 0644);
    assertThat(objects.contains(never)).isFalse();
    assertThatThrownBy(() -> objects.size(never))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    assertThatThrownBy(() -> objects.link(never, 0, directory.resolve("l")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void emptiesWhatACrashLeftWhenOpened() throws Exception {
    ObjectId object = store.put("kept", 0644);
    Path left = Files.createDirectories(store.layout().objects().resolve("tmp/7"));
    Files.writeString(left.resolve("0"), "half a fi");
    Files.writeString(store.layout().objects().resolve("tmp/stray"), "x");
    Files.createSymbolicLink(left.resolve("l"), objects.path(object));

    ObjectStore next = ObjectStore.open(store.layout());
    assertThat(next.isUnsettled()).isTrue();
    assertThat(next.problems(object)).isEmpty();
    next = ObjectStore.open(store.layout());
    assertThat(next.isUnsettled()).as("until somebody has looked").isTrue();
    next.settled();
    assertThat(next.isUnsettled()).isFalse();
    assertThat(store.layout().objects().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void listsOnlyObjects() throws Exception {
    ObjectId object = store.put("kept", 0644);
    Files.writeString(objects.path(object).resolveSibling("README"), "x");
    Files.writeString(objects.path(object).resolveSibling(object + "-x"), "x");
    assertThat(list()).containsExactly(object);
  }
}
