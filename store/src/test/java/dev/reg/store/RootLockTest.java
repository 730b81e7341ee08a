package dev.reg.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootLockTest {
  @TempDir Path directory;

  @Test
  void isHeldByOneAtATime() throws Exception {
    Layout layout = Layout.at(directory.resolve("root"));
    try (RootLock first = RootLock.take(layout)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> RootLock.take(layout))
          .isInstanceOfSatisfying(
              RegException.class,
              e -> assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION))
          .hasMessageContaining("cannot use " + layout.root())
          .hasMessageContaining("another engine (process " + ProcessHandle.current().pid() + ")");
      Files.writeString(layout.lock(), "not a number\n");
      assertThatThrownBy(() -> RootLock.take(layout)).hasMessageContaining("another engine is");
    }
    Files.writeString(layout.lock(), "99999999999999999999999\n");
    try (RootLock second = RootLock.take(layout)) {
      assertThat(second).isNotNull();
      assertThat(Files.readString(layout.lock())).startsWith(ProcessHandle.current().pid() + "\n");
    }
  }

  @Test
  void doesNotKeepOtherRootsOut() throws Exception {
    try (RootLock one = RootLock.take(Layout.at(directory.resolve("one")));
        RootLock two = RootLock.take(Layout.at(directory.resolve("two")))) {
      assertThat(one).isNotSameAs(two);
    }
  }
}
