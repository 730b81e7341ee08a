package dev.reg.store;

import static dev.reg.store.StoreFixture.id;
import static dev.reg.store.StoreFixture.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.linux.Mounts;
import dev.reg.linux.Processes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine dies before every single change it makes on disk, and the next one takes over. */
class CrashTest {
  private static final class Crash extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** A process that dies loses nothing that it wrote, so that nothing needs to be synced here. */
  private static class HastyDisk extends ForwardingDisk {
    @Override
    public void sync(Path directory) throws IOException {
      before("sync", directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
      before("syncDirectory", directory);
    }
  }

  /** From the given operation on, nothing works any more: as after a kill, nobody cleans up. */
  private static final class MortalDisk extends HastyDisk {
    private int left;

    MortalDisk(int operations) {
      this.left = operations;
    }

    @Override
    void before(String operation, Path path) throws IOException {
      if (left == 0) {
        throw new Crash();
      }
      left -= operation.equals("status") ? 0 : 1;
    }

    /** A write, too, can be the last thing, and is then cut short. */
    @Override
    public WritableByteChannel create(Path file) throws IOException {
      WritableByteChannel channel = super.create(file);
      return new WritableByteChannel() {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
          try {
            before("write", file);
          } catch (Crash e) {
            channel.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
            throw e;
          }
          return channel.write(bytes);
        }

        @Override
        public boolean isOpen() {
          return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
          channel.close();
        }
      };
    }
  }

  @TempDir Path directory;

  private static final ObjectId KEPT = new ObjectId(id("kept"), 0644);
  private static final ObjectId GONE = new ObjectId(id("gone"), 0755);

  /** Everything the store can do; can be run again on what an earlier run left. */
  private static void scenario(StoreFixture store) throws IOException, RegException {
    try (Ingest ingest = store.objects().begin()) {
      ingest.add(stream("kept"), 0644, KEPT.digest());
      ingest.add(stream("gone"), 0755, null);
      ingest.add(stream("gone"), 0755, null);
      ingest.commit();
    }
    Entry.File kept = new Entry.File("/etc/kept", KEPT);
    store.environments().make(id("stays"), () -> Tree.of(List.of(kept)));
    store
        .environments()
        .make(
            id("goes"),
            () ->
                Tree.of(
                    List.of(
                        kept,
                        new Entry.Link("/usr/bin/l", "gone"),
                        new Entry.File("/usr/bin/gone", GONE),
                        new Entry.File("/opt/gone", GONE))));
    assertThat(store.environments().problems(id("goes"))).isEmpty();
    store.environments().remove(id("goes"));
    store.objects().delete(GONE);
  }

  @Test
  void findsEverythingWholeAfterACrashAtAnyMoment() throws Exception {
    if (Processes.userId() != 0) {
      crashEverywhere(directory);
      return;
    }
    // Some hundred stores are made and deleted: in memory that takes a second.
    try (Fd mount = Mounts.tmpfs(Map.of("mode", "0700"), 0)) {
      crashEverywhere(Path.of("/proc/self/fd/" + mount.number()));
    }
  }

  private static void crashEverywhere(Path directory) throws Exception {
    StoreFixture reference = StoreFixture.in(directory.resolve("reference"));
    scenario(reference);
    List<String> expected = reference.everything();
    assertThat(expected).hasSizeGreaterThan(20);

    int crashes = 0;
    for (; crashed(directory.resolve("crash"), crashes, expected); crashes++) {
      Trees.delete(new KernelDisk(), directory.resolve("crash"));
    }
    assertThat(crashes).isGreaterThan(150);
  }

  /** False when the scenario needed no more than {@code operations} and came to its end. */
  private static boolean crashed(Path place, int operations, List<String> expected)
      throws IOException, RegException {
    boolean crashed = false;
    Files.createDirectories(place);
    try {
      scenario(StoreFixture.in(place, new MortalDisk(operations)));
    } catch (Crash e) {
      crashed = true;
    }
    StoreFixture next = StoreFixture.in(place, new HastyDisk());
    next.objects().settled();
    assertWhole(next);
    scenario(next);
    assertWhole(next);
    assertThat(next.everything()).as("after %d operations", operations).isEqualTo(expected);
    return crashed;
  }

  private static void assertWhole(StoreFixture store) throws IOException, RegException {
    assertThat(store.everything()).noneMatch(name -> name.contains(".tmp-"));
    assertThat(store.layout().objects().resolve("tmp")).isEmptyDirectory();
    try (Stream<ObjectId> objects = store.objects().list()) {
      for (ObjectId object : objects.toList()) {
        assertThat(store.objects().problems(object)).isEmpty();
      }
    }
    for (Environment environment : store.environments().list()) {
      assertThat(store.environments().problems(environment.id())).isEmpty();
    }
  }

  /** What a power cut may undo must not be relied on: names come after contents, and are synced. */
  @Test
  void syncsContentsBeforeNamesAndNamesBeforeReturning() throws Exception {
    List<String> calls = new ArrayList<>();
    Disk disk =
        new ForwardingDisk() {
          @Override
          void before(String operation, Path path) {
            calls.add(operation);
          }
        };
    StoreFixture store = StoreFixture.in(directory, disk);
    calls.clear();
    try (Ingest ingest = store.objects().begin()) {
      ingest.add(stream("a"), 0644, null);
      ingest.add(stream("b"), 0644, null);
      ingest.commit();
      calls.removeAll(List.of("status", "directory"));
      assertThat(calls)
          .containsExactly("create", "seal", "create", "seal", "sync", "move", "move", "sync");
    }

    ObjectId object = new ObjectId(id("a"), 0644);
    calls.clear();
    store.environments().make(id("e"), () -> Tree.of(List.of(new Entry.File("/etc/a", object))));
    calls.removeAll(List.of("status", "directory", "symbolicLink"));
    assertThat(calls).containsExactly("link", "create", "seal", "sync", "move", "syncDirectory");
  }
}
