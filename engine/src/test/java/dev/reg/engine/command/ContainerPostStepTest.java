package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Execution;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Version;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a post step left is taken, and nothing that is not in its container. */
class ContainerPostStepTest {
  private static final Head HEAD =
      new Head(
          "a",
          new Version("1"),
          new Digest("0".repeat(64)),
          List.of(),
          List.of(),
          Level.NONE,
          Execution.NONE,
          0,
          0,
          Instant.EPOCH);

  @TempDir Path directory;
  private Path upper;
  private Path elsewhere;
  private Path to;

  @BeforeEach
  void make() throws Exception {
    upper = Files.createDirectory(directory.resolve("upper"));
    elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createDirectory(elsewhere.resolve("etc"));
    Files.writeString(elsewhere.resolve("etc/shadow"), "secret");
    to = directory.resolve("to");
  }

  private void refused(String output) {
    refused(output, "with its post step: it left ");
  }

  private void refused(String output, String said) {
    assertThatThrownBy(() -> ContainerPostStep.copy(upper, output, to, HEAD))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
              assertThat(e.line()).startsWith("cannot finish a@1 ").contains(said);
            });
    assertThat(to).doesNotExist();
  }

  @Test
  void filesAreCopied() throws Exception {
    Files.createDirectories(upper.resolve("var/out/usr/share"));
    Files.writeString(upper.resolve("var/out/usr/share/x"), "x");
    ContainerPostStep.copy(upper, "var/out", to, HEAD);
    assertThat(to.resolve("usr/share/x")).hasContent("x");
  }

  @Test
  void aLinkOnTheWayIsNotFollowed() throws Exception {
    Files.createSymbolicLink(upper.resolve("out"), elsewhere);
    refused("out");
    refused("out/etc");
  }

  @Test
  void nothingIsRefused() {
    refused("out");
  }

  @Test
  void whatIsNeitherFileNorDirectoryIsRefused() throws Exception {
    Path out = Files.createDirectory(upper.resolve("out"));
    Files.writeString(out.resolve("a"), "x");
    Files.createSymbolicLink(out.resolve("link"), Path.of("a"));
    refused("out");
    Files.delete(out.resolve("link"));
    Process fifo = new ProcessBuilder("mkfifo", out.resolve("pi\npe").toString()).start();
    assertThat(fifo.waitFor()).isZero();
    refused("out", "neither file nor directory: /pi pe");
  }

  @Test
  void aFileWithoutItsBytesIsAsLargeAsItSays() throws Exception {
    Path out = Files.createDirectory(upper.resolve("out"));
    try (RandomAccessFile sparse = new RandomAccessFile(out.resolve("s").toFile(), "rw")) {
      sparse.setLength(10L << 40);
    }
    refused("out", "left more than 2147483648 bytes");
  }

  @Test
  void eachNameOfAFileIsOneMore() throws Exception {
    Path out = Files.createDirectory(upper.resolve("out"));
    Files.write(out.resolve("a"), new byte[60]);
    assertThat(PostOutput.of(upper, "out", 100, 10)).isNotNull();
    Files.createLink(out.resolve("b"), out.resolve("a"));
    assertTooMuch(100, 10, "bytes");
    assertThat(PostOutput.of(upper, "out", 120, 3)).isNotNull();
    assertTooMuch(120, 2, "files");
  }

  private void assertTooMuch(long bytes, int files, String what) {
    assertThatThrownBy(() -> PostOutput.of(upper, "out", bytes, files))
        .isInstanceOf(RegException.class)
        .hasMessageContaining(what);
  }

  @Test
  void directoriesWithoutAnEndAreRefused() throws Exception {
    Path deep = Files.createDirectory(upper.resolve("out"));
    for (int i = 0; i < 70; i++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    refused("out", "directories more than 64 deep");
  }
}
