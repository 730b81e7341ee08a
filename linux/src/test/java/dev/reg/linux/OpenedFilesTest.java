package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenedFilesTest {
  @TempDir Path tmp;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Processes.userId() == 0, "watching mounts needs root");
  }

  private static List<Long> inodes(OpenedFiles opened) throws Exception {
    List<Long> all = new ArrayList<>();
    while (opened.read(0, file -> all.add(Descriptors.status(file).inode()))) {
      // until nothing is left
    }
    return all;
  }

  @Test
  void tellsOfOpensThroughTheMountAndOfNoOthers() throws Exception {
    Files.createDirectory(tmp.resolve("d"));
    Files.writeString(tmp.resolve("d/one"), "1");
    Files.writeString(tmp.resolve("two"), "2");
    try (Fd directory = Descriptors.open(tmp, Open.O_PATH | Open.O_DIRECTORY, 0);
        Fd mount = Mounts.openTree(directory, "", false);
        OpenedFiles opened = OpenedFiles.create()) {
      opened.watch(mount);
      assertThat(inodes(opened)).isEmpty();
      Files.readString(tmp.resolve("two")); // by another mount
      try (Fd file = Descriptors.openAt(mount, "d/one", Open.O_RDONLY, 0)) {
        long inode = Descriptors.status(file).inode();
        assertThat(inodes(opened)).containsExactly(inode);
      }
      assertThat(inodes(opened)).isEmpty();
    }
  }

  @Test
  void manyAreAllTold() throws Exception {
    try (Fd directory = Descriptors.open(tmp, Open.O_PATH | Open.O_DIRECTORY, 0);
        Fd mount = Mounts.openTree(directory, "", false);
        OpenedFiles opened = OpenedFiles.create()) {
      opened.watch(mount);
      List<Long> expected = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        try (Fd file =
            Descriptors.openAt(mount, "f" + i, Open.O_RDWR | Open.O_CREAT | Open.O_EXCL, 0600)) {
          expected.add(Descriptors.status(file).inode());
        }
      }
      assertThat(inodes(opened)).containsExactlyElementsOf(expected);
    }
  }
}
