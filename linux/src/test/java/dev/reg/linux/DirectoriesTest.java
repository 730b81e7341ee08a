package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoriesTest {
  @TempDir Path directory;

  /** lsattr(1) is another reader of what ext4 keeps. */
  @Test
  void whatTheFilesystemTookAsAdviceIsItsAttribute() throws Exception {
    boolean taken = Directories.spread(directory);
    assertThat(Directories.spread(directory)).as("again").isEqualTo(taken);
    Process lsattr =
        new ProcessBuilder("lsattr", "-d", directory.toString()).redirectErrorStream(true).start();
    String said = new String(lsattr.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    lsattr.waitFor();
    assertThat(said.split(" ", 2)[0].contains("T")).as(said).isEqualTo(taken);
    boolean isExt4 = Files.getFileStore(directory).type().equals("ext4");
    assertThat(taken || !isExt4).as("on %s", Files.getFileStore(directory).type()).isTrue();
  }

  @Test
  void adviceToWhatIsNotThereIsRefused() {
    assertThatThrownBy(() -> Directories.spread(directory.resolve("none")))
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("No such file or directory");
  }

  @Test
  void whatTakesNoAdviceIsNoFailure() throws Exception {
    assertThat(Directories.spread(Path.of("/proc/self"))).isFalse();
  }
}
