package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upper against lower directories; what only a mounted overlay makes is in the system tests. */
class ChangesTest {
  @TempDir Path directory;
  private Path upper;
  private Path first;
  private Path second;

  @BeforeEach
  void layers() throws IOException {
    upper = Files.createDirectory(directory.resolve("upper"));
    first = Files.createDirectory(directory.resolve("first"));
    second = Files.createDirectory(directory.resolve("second"));
  }

  private static Fd open(Path path) throws IOException {
    return Descriptors.open(path, Open.O_RDONLY | Open.O_DIRECTORY, 0);
  }

  private List<String> changes(BiPredicate<String, Fd> ours) throws IOException {
    try (Fd top = open(upper);
        Fd one = open(first);
        Fd two = open(second)) {
      return Changes.of(top, List.of(one, two), ours).stream().map(Object::toString).toList();
    }
  }

  private static void file(Path layer, String path) throws IOException {
    Path file = layer.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "x");
  }

  @Test
  void aPathIsAddedOrChangedWhicheverLowerHasIt() throws IOException {
    file(first, "a/one");
    file(second, "a/two");
    file(upper, "a/one");
    file(upper, "a/two");
    file(upper, "a/new");
    file(upper, "b/c/d");
    assertThat(changes((path, fd) -> false))
        .containsExactly("C /a", "A /a/new", "C /a/one", "C /a/two", "A /b", "A /b/c", "A /b/c/d");
  }

  @Test
  void aDirectoryThatIsOnlyThereForWhatIsInItIsNotToldOf() throws IOException {
    Files.createDirectories(first.resolve("a/b"));
    Files.createDirectories(upper.resolve("a/b"));
    assertThat(changes((path, fd) -> false)).isEmpty();
    assertThat(upper.resolve("a/b").toFile().setExecutable(false, false)).isTrue();
    assertThat(changes((path, fd) -> false)).containsExactly("C /a", "C /a/b");
  }

  @Test
  void whatIsOursIsLeftOutButNotWhatIsBesideOrInIt() throws IOException {
    Files.createDirectories(first.resolve("etc"));
    Files.createDirectories(first.resolve("home"));
    file(upper, "etc/hosts");
    Files.createDirectories(upper.resolve("home/me"));
    List<String> ours = List.of("/etc/hosts", "/home/me");
    assertThat(changes((path, fd) -> ours.contains(path))).isEmpty();
    file(upper, "etc/other");
    file(upper, "home/me/notes");
    assertThat(changes((path, fd) -> ours.contains(path)))
        .containsExactly("C /etc", "A /etc/other", "C /home", "A /home/me/notes");
  }

  @Test
  void linksAreToldOfAndLeadNowhere() throws IOException {
    file(directory, "outside/secret");
    Files.createSymbolicLink(upper.resolve("out"), directory.resolve("outside"));
    Files.createSymbolicLink(first.resolve("was"), directory.resolve("outside"));
    file(upper, "was/secret");
    assertThat(changes((path, fd) -> true)).containsExactly("A /out", "C /was", "A /was/secret");
  }
}
