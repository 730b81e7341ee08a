package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no honest archive has, for each reader of archives: a package's files, an image's layer, and
 * what docker save wrote. Nothing is made beside the reader's own place.
 */
final class HostileArchivesTest {
  private static final long GIGABYTES = 4L << 30;

  @TempDir private Path temp;

  @BeforeEach
  void makeNeighbour() throws IOException {
    Files.writeString(temp.resolve("beside"), "untouched");
    Files.createDirectory(temp.resolve("place"));
  }

  @AfterEach
  void nothingElseIsThere() throws IOException {
    try (Stream<Path> all = Files.list(temp)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("beside", "place");
    }
    assertThat(temp.resolve("beside")).hasContent("untouched");
    Trees.deleteIfThere(temp.resolve("place"));
  }

  /** One way to read an archive. */
  enum Kind {
    PACKAGE {
      @Override
      void read(byte[] archive, Path place) throws IOException, RegException {
        PackageTree tree = new PackageTree(place.resolve("tree"));
        Unpacker.untar("x", new ByteArrayInputStream(archive), tree);
      }
    },
    LAYER {
      @Override
      void read(byte[] archive, Path place) throws IOException, RegException {
        LayerStack stack = new LayerStack(Files.createDirectory(place.resolve("contents")));
        new LayerReader(place).sound("x", new ByteArrayInputStream(archive), stack::apply);
      }
    },
    SAVED {
      @Override
      void read(byte[] archive, Path place) throws IOException, RegException {
        Path file = Files.write(place.resolve("archive"), archive);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          ImageFiles.of(channel);
        }
      }
    };

    abstract void read(byte[] archive, Path place) throws IOException, RegException;
  }

  private void refused(Kind kind, byte[] archive) {
    assertThatThrownBy(() -> kind.read(archive, temp.resolve("place")))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isIn(ErrorKind.INVALID, ErrorKind.EXHAUSTED);
              assertThat(e.line()).startsWith("cannot ").doesNotContain("\n").hasSizeLessThan(700);
            });
  }

  static Stream<Arguments> refused() {
    return Stream.of(
            hostile("4 GB in octal", file("a", RawTar.octal(GIGABYTES))),
            hostile("4 GB in binary", file("a", RawTar.binary(GIGABYTES))),
            hostile("all there is, in binary", file("a", RawTar.binary(Long.MAX_VALUE))),
            hostile("less than nothing", file("a", RawTar.binary(-1))),
            hostile("the least there is", file("a", RawTar.binary(Long.MIN_VALUE))),
            hostile("no number", file("a", RawTar.latin("0000000zzzz"))),
            hostile("a sign", file("a", RawTar.latin("-0000000001"))),
            hostile("GNU's sparse file of 4 GB", sparse()),
            hostile("pax: a size of 4 GB", new RawTar().pax("size=" + GIGABYTES).file("a", "x")),
            hostile("pax: a negative size", new RawTar().pax("size=-1").file("a", "x")),
            hostile(
                "pax: a size of many digits",
                new RawTar().pax("size=" + "9".repeat(40)).file("a", "x")),
            hostile("pax: a size of no digits", new RawTar().pax("size=x").file("a", "x")),
            hostile("pax: a path out", new RawTar().pax("path=../../beside").file("a", "x")),
            hostile("pax: a path of two lines", new RawTar().pax("path=a\nb").file("a", "x")),
            hostile("pax: a path with a NUL", new RawTar().pax("path=a\0b").file("a", "x")),
            hostile("pax: no UTF-8", new RawTar().pax("path=a\u00ff").file("a", "x")),
            hostile(
                "pax: a path of a megabyte",
                new RawTar().pax("path=" + "a/".repeat(500_000) + "a").file("a", "x")),
            hostile(
                "pax: GNU's sparse file, 1.0",
                new RawTar()
                    .pax(
                        "GNU.sparse.major=1",
                        "GNU.sparse.minor=0",
                        "GNU.sparse.name=a",
                        "GNU.sparse.realsize=" + GIGABYTES)
                    .file("a", "1\n0\n" + GIGABYTES + "\n")),
            hostile(
                "pax: GNU's sparse file, 1.0, with a map of numbers without end",
                new RawTar()
                    .pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=1")
                    .file("a", "9".repeat(600))),
            hostile(
                "pax: GNU's sparse file, 0.1",
                new RawTar()
                    .pax("GNU.sparse.size=" + GIGABYTES, "GNU.sparse.map=0,1," + GIGABYTES + ",0")
                    .file("a", "x")),
            hostile("a header that says it is longer", paxOf("99999999999 path=a\n")),
            hostile("a header of 4 GB", big('x')),
            hostile("a long name of 4 GB", big('L')),
            hostile("a long link of 4 GB", big('K')),
            hostile("a device", special('3')),
            hostile("a disk", special('4')),
            hostile("a pipe", special('6')),
            hostile("nothing that is known", special('Z')),
            hostile("invalid UTF-8 in a name", new RawTar().file("a\u00ff\u00fe", "x")),
            hostile("a name of two lines", new RawTar().file("a\nb", "x")),
            hostile("a name out", new RawTar().file("../beside", "x")),
            hostile("an absolute name", new RawTar().file("/beside", "x")),
            hostile("the same twice", new RawTar().file("a", "x").file("a", "y")),
            hostile("a name too long", new RawTar().pax("path=" + "a".repeat(256)).file("a", "x")))
        .flatMap(
            one ->
                Stream.of(Kind.values())
                    .map(kind -> arguments(kind, one.what, one.archive.bytes())));
  }

  private record Hostile(String what, RawTar archive) {}

  private static Hostile hostile(String what, RawTar archive) {
    return new Hostile(what, archive);
  }

  private static RawTar file(String name, byte[] size) {
    return new RawTar().entry(name, '0', size, "", RawTar.latin("x"));
  }

  private static RawTar special(char type) {
    return new RawTar().entry("a", type, RawTar.octal(0), "", new byte[0]);
  }

  private static RawTar big(char type) {
    return new RawTar()
        .entry("././@LongLink", type, RawTar.octal(GIGABYTES), "", RawTar.latin("a".repeat(9_000)));
  }

  private static RawTar paxOf(String content) {
    return new RawTar()
        .entry("pax", 'x', RawTar.octal(content.length()), "", RawTar.latin(content))
        .file("a", "x");
  }

  /** Type S of GNU tar; where and how much is in the header from byte 386 on. */
  private static RawTar sparse() {
    return new RawTar().entry("a", 'S', RawTar.octal(GIGABYTES), "", RawTar.latin("x"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void refused(Kind kind, String what, byte[] archive) {
    refused(kind, archive);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b", "/etc/shadow", "../../etc/shadow", ".", "", "d/"})
  void aHardLinkLeadsToAFileOfTheArchiveOrNowhere(String target) throws Exception {
    byte[] archive =
        new RawTar()
            .entry("d/", '5', RawTar.octal(0), "", new byte[0])
            .entry("a", '1', RawTar.octal(0), target, new byte[0])
            .bytes();
    refused(Kind.PACKAGE, archive);
    Trees.deleteIfThere(temp.resolve("place/tree"));
    refused(Kind.LAYER, archive);
  }

  /** The slash is left out where it was not in the header. */
  @Test
  void anAbsoluteNameIsOneBelowTheRoot() throws Exception {
    byte[] archive = new RawTar().pax("path=/etc/shadow").file("a", "y").bytes();
    PackageTree tree = new PackageTree(temp.resolve("place/tree"));
    Unpacker.untar("x", new ByteArrayInputStream(archive), tree);
    assertThat(tree.root().resolve("etc/shadow")).hasContent("y");
  }

  /** What is around it, the compression or the image's digests, tells what was cut between two. */
  @ParameterizedTest
  @ValueSource(strings = {"PACKAGE", "LAYER", "SAVED"})
  void everyBeginningIsRefusedOrEndsBeforeAnEntry(String name) throws Exception {
    Kind kind = Kind.valueOf(name);
    RawTar tar =
        new RawTar().file("a", "content").pax("path=" + "n".repeat(120)).file("n", "x".repeat(600));
    byte[] whole = tar.bytes();
    for (int length = 0; length <= whole.length; length += length % 512 < 8 ? 1 : 63) {
      Path place = Files.createDirectory(temp.resolve("place/" + length));
      boolean inContent = (length >= 512 && length < 519) || (length >= 2560 && length < 3160);
      try {
        kind.read(Arrays.copyOf(whole, length), place);
        assertThat(inContent).as("the first %s bytes are taken for whole", length).isFalse();
      } catch (RegException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"p-gzip.deb", "p-xz.deb"})
  void everyBeginningOfAPackageIsRefused(String name) throws Exception {
    byte[] whole = Files.readAllBytes(Path.of("src/test/resources/fuzz/deb", name));
    Path file = temp.resolve("place/x.deb");
    // The last byte may be padding, which nobody reads.
    for (int length = whole.length - 2; length >= 0; length -= length > whole.length - 40 ? 1 : 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      PackageTree tree = new PackageTree(temp.resolve("place/tree"));
      assertThatThrownBy(() -> Unpacker.unpack(Map.of("x", file), tree))
          .as("the first %s bytes of %s", length, whole.length)
          .isInstanceOfSatisfying(
              RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
      Trees.deleteIfThere(temp.resolve("place/tree"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz", "gzip"})
  void aPackageThatExpandsWithoutMeasureIsRefused(String how) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg-deb")), "dpkg-deb is not installed");
    Path place = temp.resolve("place");
    Path root = Files.createDirectories(place.resolve("root/DEBIAN"));
    Files.writeString(
        root.resolve("control"),
        "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n");
    try (FileChannel zeros =
        FileChannel.open(
            place.resolve("root/zeros"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      zeros.write(ByteBuffer.wrap(new byte[1]), 200L << 20);
    }
    Path deb = place.resolve("x.deb");
    Process process =
        new ProcessBuilder(
                "dpkg-deb",
                "-z9",
                "-Z" + how,
                "--root-owner-group",
                "-b",
                place.resolve("root").toString(),
                deb.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream said = process.getInputStream()) {
      assertThat(said.readAllBytes()).isNotEmpty();
    }
    assertThat(process.waitFor()).isZero();

    PackageTree tree = new PackageTree(place.resolve("tree"));
    assertThatThrownBy(() -> Unpacker.unpack(Map.of("x", deb), tree))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("expands to more than 250 times its size");
  }

  @Test
  void namesThatDifferByCaseAreTwo() throws Exception {
    byte[] archive = new RawTar().file("usr/A", "x").file("usr/a", "y").bytes();
    PackageTree tree = new PackageTree(temp.resolve("place/tree"));
    Unpacker.untar("x", new ByteArrayInputStream(archive), tree);
    assertThat(tree.nodes()).containsKeys("/usr/A", "/usr/a");
  }

  @Test
  void manyTinyFilesAreRead() throws Exception {
    RawTar tar = new RawTar();
    for (int i = 0; i < 100_000; i++) {
      tar.file("d/" + i, "");
    }
    LayerStack stack = new LayerStack(Files.createDirectory(temp.resolve("place/contents")));
    stack.apply(new ByteArrayInputStream(tar.bytes()));
    assertThat(stack.entries()).hasSize(100_001);
    assertThatThrownBy(() -> Kind.SAVED.read(tar.file("more", "").bytes(), temp.resolve("place")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED));
  }

  @Test
  void directoriesAreAsDeepAsAPathIsLong() throws Exception {
    for (int depth : List.of(1_500, 2_046, 2_047, 2_048, 100_000)) {
      Path place = Files.createDirectory(temp.resolve("place/" + depth));
      byte[] archive = new RawTar().pax("path=" + "d/".repeat(depth) + "f").file("f", "").bytes();
      if (depth == 1_500) {
        Kind.PACKAGE.read(archive, place);
        Trees.deleteIfThere(place);
      } else {
        refused(Kind.PACKAGE, archive, place);
      }
    }
  }

  private static void refused(Kind kind, byte[] archive, Path place) {
    assertThatThrownBy(() -> kind.read(archive, place))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }
}
