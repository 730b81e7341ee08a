package dev.reg.store;

import static dev.reg.store.StoreFixture.id;
import static dev.reg.store.StoreFixture.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.linux.Mounts;
import dev.reg.linux.Processes;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a small tmpfs that is attached nowhere. */
class NoSpaceTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Processes.userId() == 0, "mounting a small tmpfs needs root");
  }

  private static Path path(Fd mount) {
    return Path.of("/proc/self/fd/" + mount.number());
  }

  @Test
  void reportsAFullDiskAndLeavesNothing() throws Exception {
    try (Fd mount = Mounts.tmpfs(Map.of("size", "1m", "mode", "0700"), 0)) {
      StoreFixture store = StoreFixture.in(path(mount));
      List<String> before = store.everything();
      byte[] large = new byte[2 << 20];

      try (Ingest ingest = store.objects().begin()) {
        ingest.add(stream("small"), 0644, null);
        assertThatThrownBy(() -> ingest.add(new ByteArrayInputStream(large), 0644, null))
            .isInstanceOfSatisfying(
                RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED))
            .hasMessage(
                "cannot store objects in "
                    + store.layout().objects()
                    + ": No space left on device; free space or inodes there, or remove unused"
                    + " templates");
      }
      assertThat(store.everything()).isEqualTo(before);
      assertThat(store.objects().problems(store.put("small", 0644))).isEmpty();
    }
  }

  @Test
  void reportsThatInodesAreUsedUpAndLeavesNoHalfEnvironment() throws Exception {
    try (Fd mount = Mounts.tmpfs(Map.of("nr_inodes", "100", "mode", "0700"), 0)) {
      StoreFixture store = StoreFixture.in(path(mount));
      ObjectId object = store.put("x", 0644);
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        entries.add(new Entry.File("/opt/" + i + "/x", object));
      }
      List<String> before = store.everything();

      // Too many replicas; then too many directories.
      assertExhausted(store, Tree.of(entries));
      assertThat(store.everything()).isEqualTo(before);
      entries.replaceAll(file -> new Entry.Directory(file.path(), 0755));
      assertExhausted(store, Tree.of(entries));
      assertThat(store.everything()).isEqualTo(before);
      assertThat(store.environments().make(id("e"), () -> Tree.of(List.of())).files()).isZero();
    }
  }

  private static void assertExhausted(StoreFixture store, Tree tree) {
    assertThatThrownBy(() -> store.environments().make(id("e"), () -> tree))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED))
        .hasMessageStartingWith("cannot make an environment in ")
        .hasMessageContaining("No space left on device");
  }
}
