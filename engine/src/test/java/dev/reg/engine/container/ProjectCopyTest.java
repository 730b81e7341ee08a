package dev.reg.engine.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.engine.protocol.FakeCaller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Processes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectCopyTest {
  private static final ProjectCopy.Filter ALL = (path, directory) -> false;

  @TempDir Path directory;
  private Path project;
  private Path copy;

  @BeforeEach
  void make() throws IOException {
    project = Files.createDirectory(directory.resolve("project"));
    copy = directory.resolve("copy");
  }

  private void copy() throws Exception {
    try (FakeCaller caller = new FakeCaller(directory)) {
      ProjectCopy.copy(caller, "project", copy, ALL);
    }
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
  }

  private static List<String> tree(Path top) throws IOException {
    try (Stream<Path> paths = Files.walk(top)) {
      return paths.map(path -> top.relativize(path).toString()).sorted().toList();
    }
  }

  @Test
  void isTheSameTreeOfItsOwn() throws Exception {
    Files.createDirectories(project.resolve("a/b c/ü"));
    Files.writeString(project.resolve("a/b c/ü/file"), "content");
    Files.writeString(project.resolve("empty"), "");
    Files.write(project.resolve("large"), new byte[3_000_000]);
    Files.createSymbolicLink(project.resolve("to-file"), Path.of("a/b c/ü/file"));
    Files.createSymbolicLink(project.resolve("dangling"), Path.of("/no/where"));
    Files.createSymbolicLink(project.resolve("out"), Path.of("../../etc"));
    Files.createSymbolicLink(project.resolve("loop"), Path.of("loop"));
    copy();
    assertThat(tree(copy)).isEqualTo(tree(project));
    for (String name : List.of("a/b c/ü/file", "empty", "large")) {
      assertThat(copy.resolve(name)).hasSameBinaryContentAs(project.resolve(name));
    }
    for (String name : List.of("to-file", "dangling", "out", "loop")) {
      assertThat(Files.readSymbolicLink(copy.resolve(name)))
          .isEqualTo(Files.readSymbolicLink(project.resolve(name)));
    }
    Files.writeString(project.resolve("empty"), "changed");
    assertThat(copy.resolve("empty")).isEmptyFile();
  }

  @Test
  void keepsModesAndOwnersButGivesNobodyAnothersRights() throws Exception {
    assumeTrue(Processes.userId() == 0, "only root gives files away");
    int[] modes = {0, 0400, 0644, 0755, 01777, 02755, 04755, 06711};
    for (int mode : modes) {
      Path file = Files.writeString(project.resolve("f" + mode), "x");
      Path sub = Files.createDirectory(project.resolve("d" + mode));
      for (Path path : List.of(file, sub)) {
        Files.setAttribute(path, "unix:uid", 1234);
        Files.setAttribute(path, "unix:gid", 2345);
        Files.setAttribute(path, "unix:mode", mode);
      }
    }
    copy();
    for (int mode : modes) {
      assertThat(mode(copy.resolve("f" + mode))).isEqualTo(mode & 01777);
      for (Path path : List.of(copy.resolve("f" + mode), copy.resolve("d" + mode))) {
        assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(1234);
        assertThat(Files.getAttribute(path, "unix:gid")).isEqualTo(2345);
      }
      assertThat(mode(copy.resolve("d" + mode)) & 01777).isEqualTo(mode & 01777);
    }
  }

  @Test
  void hardLinksStayTogetherAndApartFromTheProject() throws Exception {
    Path one = Files.writeString(project.resolve("one"), "x");
    Files.createLink(Files.createDirectories(project.resolve("a/b")).resolve("two"), one);
    Files.createLink(directory.resolve("outside"), one);
    copy();
    Path copied = copy.resolve("one");
    assertThat(Files.isSameFile(copied, copy.resolve("a/b/two"))).isTrue();
    assertThat(Files.getAttribute(copied, "unix:nlink")).isEqualTo(2);
    Files.writeString(copied, "changed");
    assertThat(one).hasContent("x");
  }

  @Test
  void timesOfFilesAndDirectoriesAreKept() throws Exception {
    Files.createDirectories(project.resolve("a/b"));
    Files.writeString(project.resolve("a/b/file"), "x");
    List<String> names = List.of("a/b/file", "a/b", "a", "");
    for (String name : names) {
      FileTime time = FileTime.from(Instant.ofEpochSecond(1_000_000 + name.length(), 123_456_789));
      Files.setLastModifiedTime(project.resolve(name), time);
    }
    copy();
    for (String name : names) {
      assertThat(Files.getLastModifiedTime(copy.resolve(name)))
          .isEqualTo(Files.getLastModifiedTime(project.resolve(name)));
    }
  }

  @Test
  void pipesAndSocketsAreLeftOut() throws Exception {
    Files.writeString(project.resolve("file"), "x");
    assertThat(new ProcessBuilder("mkfifo", project.resolve("pipe").toString()).start().waitFor())
        .isZero();
    dev.reg.linux.Sockets.listen(project.resolve("socket"), 0600).close();
    copy();
    assertThat(tree(copy)).containsExactly("", "file");
  }

  @Test
  void holesStayHoles() throws Exception {
    Path sparse = project.resolve("sparse");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.write(1);
      file.seek(1L << 28);
      file.write(2);
      file.setLength(1L << 32);
    }
    try (RandomAccessFile file =
        new RandomAccessFile(project.resolve("hole-only").toFile(), "rw")) {
      file.setLength(1L << 32);
    }
    copy();
    assertThat(copy.resolve("hole-only")).hasSize(1L << 32);
    Path copied = copy.resolve("sparse");
    assertThat(Files.size(copied)).isEqualTo(1L << 32);
    try (RandomAccessFile file = new RandomAccessFile(copied.toFile(), "r")) {
      assertThat(file.read()).isEqualTo(1);
      file.seek(1L << 28);
      assertThat(file.read()).isEqualTo(2);
      assertThat(file.read()).isZero();
    }
    Process du = new ProcessBuilder("du", "-sk", copy.toString()).start();
    String kilobytes = new String(du.getInputStream().readAllBytes(), UTF_8).split("\t", -1)[0];
    assertThat(Long.parseLong(kilobytes)).isLessThan(1_000);
  }

  @Test
  void aDeepTreeIsCopied() throws Exception {
    Path at = project;
    String name = "d".repeat(200);
    for (int i = 0; i < 15; i++) {
      at = Files.createDirectory(at.resolve(name));
    }
    copy();
    assertThat(tree(copy)).isEqualTo(tree(project)).hasSize(16);
  }

  @Test
  void aPlaceThatIsTakenIsNotTouched() throws Exception {
    Files.createDirectory(copy);
    Files.writeString(copy.resolve("mine"), "x");
    assertThatThrownBy(this::copy).isInstanceOf(IOException.class);
    assertThat(tree(copy)).containsExactly("", "mine");
  }

  @Test
  void whatTheCallerCannotReadIsSaid() throws Exception {
    Files.writeString(project.resolve("file"), "x");
    try (FakeCaller caller =
        new FakeCaller(directory) {
          @Override
          public Fd open(String path, int flags, int mode) throws RegException, IOException {
            if (path.endsWith("file")) {
              throw new RegException(ErrorKind.NOT_PERMITTED, "cannot open " + path);
            }
            return super.open(path, flags, mode);
          }
        }) {
      assertThatThrownBy(() -> ProjectCopy.copy(caller, "project", copy, ALL))
          .isInstanceOf(RegException.class)
          .hasMessage("cannot open project/file");
    }
  }

  /** A caller that answers for one path with something else. */
  private final class Liar extends FakeCaller {
    private final String about;
    private final Path instead;
    private final int flags;

    Liar(String about, Path instead, int flags) throws IOException {
      super(directory);
      this.about = about;
      this.instead = instead;
      this.flags = flags;
    }

    @Override
    public Fd open(String path, int asked, int mode) throws RegException, IOException {
      return path.equals(about)
          ? Descriptors.open(instead, flags, 0)
          : super.open(path, asked, mode);
    }
  }

  /** O_PATH needs no right to the file: reopening it would use the engine's. */
  @Test
  void aPathInPlaceOfAFileGivesTheCallerNothing() throws Exception {
    Files.writeString(project.resolve("file"), "x");
    Path secret = Files.writeString(directory.resolve("secret"), "root's own");
    for (int flags : List.of(Open.O_PATH, Open.O_WRONLY, Open.O_PATH | Open.O_RDWR)) {
      try (FakeCaller liar = new Liar("project/file", secret, flags)) {
        assertThatThrownBy(() -> ProjectCopy.copy(liar, "project", copy, ALL))
            .isInstanceOfSatisfying(
                RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
            .hasMessageContaining("project/file");
      }
      assertThat(copy.resolve("file")).doesNotExist();
      new Trash(Files.createDirectories(directory.resolve("trash"))).delete(copy);
    }
  }

  @Test
  void aFileThatBecameSomethingElseIsRefused() throws Exception {
    Files.writeString(project.resolve("file"), "x");
    for (Path other : List.of(Path.of("/dev/null"), directory)) {
      try (FakeCaller liar = new Liar("project/file", other, Open.O_RDONLY)) {
        assertThatThrownBy(() -> ProjectCopy.copy(liar, "project", copy, ALL))
            .isInstanceOf(RegException.class)
            .hasMessage("cannot copy the project: project/file changed while it was copied");
      }
      new Trash(Files.createDirectories(directory.resolve("trash"))).delete(copy);
    }
  }

  /** Every kind of entry becomes every other between the listing and the look at it. */
  @Test
  void aTreeThatChangesMeanwhileIsRefusedAndNeverLeft() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "root's own");
    for (DirectoryEntry.Type listed :
        List.of(
            DirectoryEntry.Type.DIRECTORY, DirectoryEntry.Type.FILE, DirectoryEntry.Type.LINK)) {
      for (String real : List.of("directory", "file", "link", "nothing")) {
        if (real.equalsIgnoreCase(listed.name())) {
          continue;
        }
        Path entry = project.resolve("entry");
        switch (real) {
          case "directory" -> Files.createDirectory(entry);
          case "file" -> Files.writeString(entry, "x");
          case "link" -> Files.createSymbolicLink(entry, outside);
          default -> assertThat(entry).doesNotExist();
        }
        try (FakeCaller caller =
            new FakeCaller(directory) {
              @Override
              public List<DirectoryEntry> list(String path) {
                return List.of(new DirectoryEntry("entry", listed));
              }
            }) {
          assertThatThrownBy(() -> ProjectCopy.copy(caller, "project", copy, ALL))
              .as("%s that is %s", listed, real)
              .isInstanceOf(RegException.class);
        }
        assertThat(tree(directory)).noneMatch(path -> path.startsWith("copy/entry/"));
        Files.deleteIfExists(entry);
        new Trash(Files.createDirectories(directory.resolve("trash"))).delete(copy);
      }
    }
  }

  @Test
  void aNameListedTwiceIsRefused() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.createDirectory(project.resolve("entry"));
    List<DirectoryEntry> twice = new ArrayList<>();
    twice.add(new DirectoryEntry("entry", DirectoryEntry.Type.LINK));
    twice.add(new DirectoryEntry("entry", DirectoryEntry.Type.DIRECTORY));
    Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
    try (FakeCaller caller =
        new FakeCaller(directory) {
          @Override
          public List<DirectoryEntry> list(String path) {
            return twice;
          }

          @Override
          public Fd open(String path, int flags, int mode) throws RegException, IOException {
            return path.equals("project/entry") && (flags & Open.O_DIRECTORY) == 0
                ? Descriptors.open(link, flags, mode)
                : super.open(path, flags, mode);
          }
        }) {
      assertThatThrownBy(() -> ProjectCopy.copy(caller, "project", copy, ALL))
          .isInstanceOf(Exception.class);
    }
    assertThat(outside).isEmptyDirectory();
  }
}
