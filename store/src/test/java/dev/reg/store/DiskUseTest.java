package dev.reg.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUseTest {
  private static final int SIZE = 100_000;

  @TempDir Path directory;
  private Path one;
  private Path two;

  @BeforeEach
  void trees() throws IOException {
    one = Files.createDirectory(directory.resolve("one"));
    two = Files.createDirectory(directory.resolve("two"));
    Files.write(one.resolve("file"), new byte[SIZE]);
    Files.createLink(two.resolve("link"), one.resolve("file"));
  }

  private static long allocated(Path path) throws IOException {
    return Descriptors.status(path).allocated();
  }

  @Test
  void aFileIsFreeWithTheLastOfItsLinks() throws IOException {
    DiskUse use = new DiskUse();
    use.add(one);
    long file = allocated(one.resolve("file"));
    assertThat(file).isGreaterThanOrEqualTo(SIZE);
    assertThat(use.total()).isEqualTo(file + allocated(one));
    assertThat(use.freed()).isEqualTo(allocated(one));
    use.add(two);
    assertThat(use.total()).isEqualTo(file + allocated(one) + allocated(two));
    assertThat(use.freed()).isEqualTo(use.total());
  }

  @Test
  void linksAreNotFollowedAndNothingCountsNothing() throws IOException {
    Path three = Files.createDirectory(directory.resolve("three"));
    Files.createSymbolicLink(three.resolve("away"), one);
    DiskUse use = new DiskUse();
    use.add(three);
    use.add(directory.resolve("absent"));
    assertThat(use.total()).isEqualTo(allocated(three) + allocated(three.resolve("away")));
  }

  @Test
  void aSparseFileCountsWhatItTakes() throws IOException {
    Path sparse = directory.resolve("sparse");
    try (var file =
        Files.newByteChannel(
            sparse,
            Set.of(
                StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE))) {
      file.position(1 << 30);
      file.write(ByteBuffer.wrap(new byte[1]));
    }
    DiskUse use = new DiskUse();
    use.add(sparse);
    assertThat(use.total()).isLessThan(1 << 20);
  }

  @Test
  void depthIsBounded() throws IOException {
    Path deep = directory.resolve("deep");
    Path at = deep;
    for (int i = 0; i < 200; i++) {
      at = at.resolve("d");
    }
    Files.createDirectories(at);
    DiskUse use = new DiskUse();
    use.add(deep);
    assertThat(use.total()).isPositive();
  }
}
