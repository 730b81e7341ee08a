package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {
  @TempDir Path tmp;
  private Fd dir;

  @BeforeEach
  void open() throws Exception {
    dir = Descriptors.open(tmp, Open.O_RDONLY | Open.O_DIRECTORY, 0);
  }

  @AfterEach
  void close() {
    dir.close();
  }

  @Test
  void writesAndReadsMoreThanOneBuffer() throws Exception {
    byte[] content = new byte[200_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31);
    }
    try (Fd out = Directories.createFileAt(dir, "f", 0640)) {
      Descriptors.write(out, content);
    }
    try (Fd in = Descriptors.openAt(dir, "f", Open.O_RDONLY, 0)) {
      assertThat(Descriptors.readAll(in, 200_000)).isEqualTo(content);
    }
    try (Fd in = Descriptors.openAt(dir, "f", Open.O_RDONLY, 0)) {
      assertThatThrownBy(() -> Descriptors.readAll(in, 199_999))
          .hasMessageContaining("longer than");
    }
    try (var in = Descriptors.inputStream(Descriptors.openAt(dir, "f", Open.O_RDONLY, 0))) {
      assertThat(in.readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  void statusAgreesWithTheJdk() throws Exception {
    Path file = Files.writeString(tmp.resolve("f"), "12345");
    Files.createLink(tmp.resolve("g"), file);
    try (Fd fd = Descriptors.open(file, Open.O_RDONLY, 0)) {
      FileStatus status = Descriptors.status(fd);
      assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
      assertThat(status.device()).isEqualTo(Files.getAttribute(file, "unix:dev"));
      assertThat(status.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
      assertThat(status.links()).isEqualTo(2);
      assertThat(status.size()).isEqualTo(5);
      assertThat(status.isRegular()).isTrue();
      assertThat(Descriptors.path(fd)).isEqualTo(file.toRealPath().toString());
    }
    assertThat(Descriptors.status(tmp).isDirectory()).isTrue();
  }

  @Test
  void namesCallSubjectAndReason() {
    assertThatThrownBy(() -> Descriptors.openAt(dir, "nothing", Open.O_RDONLY, 0))
        .isInstanceOf(SyscallException.class)
        .hasMessage("openat nothing: No such file or directory")
        .asInstanceOf(type(SyscallException.class))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
  }

  @Test
  void openBeneathFollowsNoLinkAndStaysInside() throws Exception {
    Files.createDirectory(tmp.resolve("d"));
    Files.writeString(tmp.resolve("d/f"), "x");
    Files.createSymbolicLink(tmp.resolve("l"), Path.of("d"));
    Descriptors.openBeneath(dir, "d/f", Open.O_RDONLY).close();
    assertErrno(Errno.ELOOP, "l/f");
    assertErrno(Errno.EXDEV, "../x");
    assertErrno(Errno.EXDEV, "/etc/passwd");
  }

  private void assertErrno(int errno, String path) {
    assertThatThrownBy(() -> Descriptors.openBeneath(dir, path, Open.O_RDONLY))
        .asInstanceOf(type(SyscallException.class))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }

  @Test
  void makesLinksRenamesAndRemoves() throws Exception {
    Directories.makeDirectoryAt(dir, "d", 0700);
    Directories.createFileAt(dir, "a", 0600).close();
    Directories.linkAt(dir, "a", dir, "d/b");
    Directories.symlinkAt("a", dir, "s");
    Directories.renameAt(dir, "d/b", dir, "c");
    assertThat(Descriptors.readLinkAt(dir, "s")).isEqualTo("a");
    assertThat(Directories.readDirectory(dir))
        .containsExactlyInAnyOrder(
            new DirectoryEntry("d", DirectoryEntry.Type.DIRECTORY),
            new DirectoryEntry("a", DirectoryEntry.Type.FILE),
            new DirectoryEntry("c", DirectoryEntry.Type.FILE),
            new DirectoryEntry("s", DirectoryEntry.Type.LINK));
    Directories.unlinkAt(dir, "d", Open.AT_REMOVEDIR);
    for (String name : List.of("a", "c", "s")) {
      Directories.unlinkAt(dir, name, 0);
    }
    assertThat(Directories.readDirectory(dir)).isEmpty();
  }

  @Test
  void readsDirectoriesLongerThanOneBuffer() throws Exception {
    for (int i = 0; i < 3000; i++) {
      Directories.createFileAt(dir, "a-rather-long-name-" + i, 0600).close();
    }
    assertThat(Directories.readDirectory(dir)).hasSize(3000).doesNotHaveDuplicates();
    assertThat(Directories.readDirectory(dir)).as("a second time").hasSize(3000);
  }

  @Test
  void keepsNamesThatAreNotUtf8() throws Exception {
    String name = NativeText.decode(new byte[] {'a', (byte) 0xff, 'b'});
    Directories.createFileAt(dir, name, 0600).close();
    assertThat(Directories.readDirectory(dir).getFirst().name()).isEqualTo(name);
    assertThat(Descriptors.statusAt(dir, name).isRegular()).isTrue();
    Directories.unlinkAt(dir, name, 0);
  }

  @Test
  void memfdStartsAtTheBeginning() throws Exception {
    try (Fd fd = Descriptors.memfd("plan", "hello".getBytes(StandardCharsets.UTF_8))) {
      assertThat(new String(Descriptors.readAll(fd, 10), StandardCharsets.UTF_8))
          .isEqualTo("hello");
    }
  }

  @Test
  void everythingIsCloseOnExec() throws Exception {
    try (Pipe pipe = Descriptors.pipe();
        Fd memfd = Descriptors.memfd("m", new byte[0]);
        Fd copy = Descriptors.duplicate(dir)) {
      for (Fd fd : List.of(dir, pipe.read(), pipe.write(), memfd, copy)) {
        String info = Files.readString(Path.of("/proc/self/fdinfo/" + fd.number()));
        long flags =
            Long.parseLong(
                info.lines()
                    .filter(l -> l.startsWith("flags:"))
                    .findFirst()
                    .orElseThrow()
                    .substring(6)
                    .strip(),
                8);
        assertThat(flags & 02000000).as("O_CLOEXEC").isNotZero();
      }
    }
  }

  @Test
  void closedDescriptorsRefuseUse() throws IOException {
    Fd fd = Descriptors.duplicate(dir);
    fd.close();
    fd.close();
    assertThat(fd.isOpen()).isFalse();
    assertThatThrownBy(() -> Descriptors.status(fd)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void onlyOneHolderOfALock() throws Exception {
    try (Fd a = Descriptors.open(tmp.resolve("lock"), Open.O_RDWR | Open.O_CREAT, 0600);
        Fd b = Descriptors.open(tmp.resolve("lock"), Open.O_RDWR, 0)) {
      assertThat(Descriptors.tryLock(a)).isTrue();
      assertThat(Descriptors.tryLock(b)).isFalse();
    }
  }
}
