package dev.reg.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
  @TempDir Path directory;

  @Test
  void nothingThereIsNoFailure() throws Exception {
    Trees.deleteIfThere(directory.resolve("nothing"));
  }

  @Test
  void aFileOrALinkIsDeletedItself() throws Exception {
    Path kept = Files.createDirectory(directory.resolve("kept"));
    Files.createDirectory(kept.resolve("in"));
    Trees.deleteIfThere(Files.createFile(directory.resolve("file")));
    Trees.deleteIfThere(Files.createSymbolicLink(directory.resolve("link"), kept));
    assertThat(directory.toFile().list()).containsExactly("kept");
    assertThat(kept.resolve("in")).exists();
  }

  @Test
  void noLinkInATreeIsFollowed() throws Exception {
    Path kept = Files.createDirectory(directory.resolve("kept"));
    Files.createDirectory(kept.resolve("in"));
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.createSymbolicLink(tree.resolve("link"), kept);
    Files.createFile(tree.resolve("file"));
    Trees.deleteIfThere(directory.resolve("tree"));
    assertThat(directory.toFile().list()).containsExactly("kept");
    assertThat(kept.resolve("in")).exists();
  }

  /** As deep as a shell can go, step by step: no path leads there. */
  @Test
  void whatIsNestedDeeperThanAPathCanSayIsDeleted() throws Exception {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.createDirectory(tree.resolve("deep-0")); // a name that is taken
    Files.createFile(tree.resolve("deep-1"));
    String down = "n=$1; for i in $(seq 200); do mkdir $n f && cd -P $n || exit 1; done; : >last";
    Process shell =
        new ProcessBuilder(List.of("bash", "-c", down, "sh", "d".repeat(200)))
            .directory(tree.toFile())
            .inheritIO()
            .start();
    assertThat(shell.waitFor()).isZero();
    Trees.deleteIfThere(tree);
    assertThat(directory.toFile().list()).isEmpty();
  }
}
