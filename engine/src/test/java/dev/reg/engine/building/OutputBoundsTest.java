package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputBoundsTest {
  @TempDir Path directory;
  private Path out;
  private Path place;

  @BeforeEach
  void make() throws Exception {
    out = Files.createDirectory(directory.resolve("out"));
    place = directory.resolve("=out"); // which need not be there yet
  }

  private OutputBounds bounds(long bytes, long files) {
    return new OutputBounds(List.of(out, place), bytes, files);
  }

  @Test
  void countsBytesOfAllDirectories() throws Exception {
    Files.write(Files.createDirectories(out.resolve("a/b")).resolve("one"), new byte[600]);
    assertThat(bounds(1000, 100).excess()).isNull();
    Files.write(Files.createDirectory(place).resolve("two"), new byte[600]);
    assertThat(bounds(1000, 100).excess()).isEqualTo("wrote more than 1000 bytes");
  }

  @Test
  void countsAFileOnceAndNoFileForWhatALinkLeadsTo() throws Exception {
    Path one = Files.write(out.resolve("one"), new byte[900]);
    for (int i = 0; i < 8; i++) {
      Files.createLink(out.resolve("again" + i), one);
    }
    Files.createSymbolicLink(out.resolve("elsewhere"), Path.of("/usr"));
    assertThat(bounds(1000, 100).excess()).isNull();
  }

  @Test
  void countsFilesAndDirectoriesAndLinks() throws Exception {
    for (int i = 0; i < 4; i++) {
      Files.createFile(out.resolve("f" + i));
      Files.createDirectory(out.resolve("d" + i));
      Files.createSymbolicLink(out.resolve("l" + i), Path.of("nowhere"));
    }
    assertThat(bounds(0, 13).excess()).isNull();
    assertThat(bounds(0, 12).excess()).isEqualTo("made more than 12 files");
  }

  @Test
  void doesNotFollowDirectoriesWithoutAnEnd() throws Exception {
    Path deep = out;
    for (int i = 0; i < 140; i++) {
      deep = Files.createDirectory(deep.resolve("d"));
    }
    assertThat(bounds(1000, 1000).excess()).contains("128 deep");
  }

  @Test
  void isAskedNowAndThen() throws Exception {
    OutputBounds bounds = bounds(0, 100);
    Files.write(out.resolve("one"), new byte[1]);
    assertThat(bounds.excessNow()).isNull();
    assertThat(bounds.excess()).isNotNull();
  }

  @Test
  void aBuilderThatWritesTooMuchIsEnded() throws Exception {
    BuilderProcess.Waiting waiting =
        new BuilderProcess.Waiting(
            new BuildSource.Packages(List.of("x"), null),
            line -> {},
            () -> true,
            bounds(1L << 30, 100));
    try (RandomAccessFile large = new RandomAccessFile(out.resolve("large").toFile(), "rw")) {
      large.setLength(2L << 30); // no block of it is there
    }
    try (BuilderProcess sleeper =
        BuilderProcess.start(
            List.of("sleep", "600"), Path.of("/dev/null"), BuilderMemory.NOTHING)) {
      assertThatThrownBy(() -> sleeper.finish(waiting))
          .hasMessage("cannot build a template of x: the builder wrote more than 1073741824 bytes");
    }
  }
}
