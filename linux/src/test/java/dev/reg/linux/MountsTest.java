package dev.reg.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a tmpfs of its own, detached like everything else: nothing can be left in the mount table. */
class MountsTest {
  @TempDir Path tmp;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Processes.userId() == 0, "mounting needs root");
  }

  @Test
  void overlayWritesGoToTheUpper() throws Exception {
    try (Fd tmpfs = Mounts.tmpfs(Map.of("size", "1m", "mode", "0755"), 0)) {
      Path base = Path.of("/proc/self/fd/" + tmpfs.number());
      for (String d : List.of("l1/etc/d", "l2/etc", "up:per", "work")) {
        Files.createDirectories(base.resolve(d));
      }
      Files.writeString(base.resolve("l1/etc/one"), "1");
      Files.writeString(base.resolve("l2/etc/one"), "hidden");
      Files.writeString(base.resolve("l2/etc/two"), "2");
      Overlay overlay =
          new Overlay(
              "a-name",
              List.of(base.resolve("l1"), base.resolve("l2")),
              base.resolve("up:per"),
              base.resolve("work"),
              true);
      try (Fd root = Mounts.overlay(overlay, Mounts.MOUNT_ATTR_NODEV)) {
        assertThat(read(root, "etc/one")).isEqualTo("1");
        assertThat(read(root, "etc/two")).isEqualTo("2");
        try (Fd file = Descriptors.openAt(root, "etc/two", Open.O_WRONLY | Open.O_TRUNC, 0)) {
          Descriptors.write(file, "new".getBytes(UTF_8));
        }
        Directories.renameAt(root, "etc/d", root, "etc/e"); // of a lower directory: redirect_dir
        assertThat(base.resolve("up:per/etc/two")).hasContent("new");
        assertThat(base.resolve("l2/etc/two")).hasContent("2");
      }
    }
  }

  @Test
  void aFailedMountSaysWhatTheKernelSays() throws Exception {
    assertThatThrownBy(() -> Mounts.tmpfs(Map.of("size", "nonsense"), 0))
        .asInstanceOf(type(SyscallException.class))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
        .satisfies(e -> assertThat(e).hasMessageContaining("tmpfs size=nonsense"))
        .satisfies(e -> assertThat(e).hasMessageContaining("("));
  }

  @Test
  void aReadOnlyCloneRefusesWrites() throws Exception {
    Files.writeString(tmp.resolve("f"), "x");
    try (Fd dir = Descriptors.open(tmp, Open.O_PATH | Open.O_DIRECTORY, 0);
        Fd clone = Mounts.openTree(dir, "", false)) {
      Mounts.setAttributes(clone, Mounts.MOUNT_ATTR_RDONLY | Mounts.MOUNT_ATTR_NOSUID, 0, false);
      assertThat(read(clone, "f")).isEqualTo("x");
      assertThatThrownBy(() -> Directories.createFileAt(clone, "g", 0600))
          .hasMessage("openat g: Read-only file system");
    }
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(tmp.toString());
  }

  private static String read(Fd dir, String path) throws Exception {
    try (Fd fd = Descriptors.openAt(dir, path, Open.O_RDONLY, 0)) {
      return new String(Descriptors.readAll(fd, 1000), UTF_8);
    }
  }
}
