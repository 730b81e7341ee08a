package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrashTest {
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY;

  @TempDir Path directory;
  private Path place;
  private Path tree;
  private Trash trash;

  @BeforeEach
  void open() throws IOException {
    place = Files.createDirectory(directory.resolve("trash"));
    tree = Files.createDirectory(directory.resolve("tree"));
    trash = new Trash(place);
  }

  /** A chain of directories too long for any path. */
  private void dig(Path top, int depth) throws IOException {
    Fd at = Descriptors.open(top, DIRECTORY, 0);
    for (int i = 0; i < depth; i++) {
      String name = "d".repeat(100);
      Directories.makeDirectoryAt(at, name, 0700);
      Directories.createFileAt(at, "file", 0600).close();
      Fd next = Descriptors.openAt(at, name, DIRECTORY, 0);
      at.close();
      at = next;
    }
    at.close();
  }

  @Test
  void aTreeIsDeletedAndNothingThatItPointsTo() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside/sub"));
    Files.writeString(outside.resolve("kept"), "x");
    Files.createDirectories(tree.resolve("a/b"));
    Files.writeString(tree.resolve("a/b/-rf *\n"), "x");
    Files.createSymbolicLink(tree.resolve("a/link"), outside);
    Files.createSymbolicLink(tree.resolve("up"), Path.of(".."));
    Files.createLink(tree.resolve("hard"), outside.resolve("kept"));
    Files.createDirectory(tree.resolve("unreadable"));
    tree.resolve("unreadable").toFile().setReadable(false);
    trash.delete(tree);
    assertThat(tree).doesNotExist();
    assertThat(outside.resolve("kept")).hasContent("x");
    trash.delete(tree); // none there is success
  }

  @Test
  void aLinkInPlaceOfTheTreeIsNotFollowed() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("kept"), "x");
    Path link = Files.createSymbolicLink(place.resolve("link"), outside);
    trash.empty();
    assertThat(link).doesNotExist();
    assertThat(outside.resolve("kept")).exists();
  }

  @Test
  void aTreeTooDeepForAnyPathIsDeletedWithFewDescriptors() throws Exception {
    dig(tree, 2_000);
    dig(place, 300);
    trash.delete(tree);
    assertThat(tree).doesNotExist();
    assertThat(place).isEmptyDirectory();
  }

  @Test
  void severalAtOnceDoNotDisturbEachOther() throws Exception {
    List<Callable<Object>> work = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Path each = Files.createDirectory(directory.resolve("t" + i));
      dig(each, 100);
      work.add(
          () -> {
            trash.delete(each);
            return each;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<Object> done : threads.invokeAll(work)) {
        assertThat((Path) done.get()).doesNotExist();
      }
    }
    trash.empty();
    assertThat(place).isEmptyDirectory();
  }
}
