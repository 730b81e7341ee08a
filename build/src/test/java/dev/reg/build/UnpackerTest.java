package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.build.PackageTree.Node;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UnpackerTest {
  @TempDir private Path temp;
  private PackageTree tree;
  private final Tar tar = new Tar();

  @BeforeEach
  void makeTree() throws Exception {
    tree = new PackageTree(temp.resolve("staging"));
  }

  /** JUnit would warn of links that lead out of its directory. */
  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
  }

  @Test
  void mergesUsrAndKeepsModesWithoutSetuid() throws Exception {
    tar.directory("./").directory("./bin/").file("./bin/su", 04755, "su");
    tar.file("./etc/secret", 0600, "x").link("./lib64/ld.so", "/lib/x/ld.so");

    untar();

    Node.File su = file("/usr/bin/su");
    assertThat(su.mode()).isEqualTo(0755);
    assertThat(su.content().onDisk()).hasContent("su");
    assertThat(tree.root().resolve("bin/su")).hasContent("su");
    assertThat(file("/etc/secret").mode()).isEqualTo(0600);
    assertThat(tree.nodes().get("/usr/lib64/ld.so"))
        .isEqualTo(new Node.Link("hostile", "/lib/x/ld.so"));
  }

  @Test
  void keepsHardLinksAsFilesOfTheirOwn() throws Exception {
    tar.file("./bin/a", 0755, "a").hardLink("./usr/bin/b", "./bin/a");

    untar();

    Node.File b = file("/usr/bin/b");
    assertThat(b.content().onDisk()).hasContent("a");
    assertThat(b.mode()).isEqualTo(0755);
  }

  @Test
  void takesNamesOutsideAsciiWhateverTheLocale() throws Exception {
    tar.file("./usr/share/Főtanúsítvány.crt", 0644, "cert");
    tar.link("./usr/share/ő", "Főtanúsítvány.crt")
        .hardLink("./usr/share/é", "./usr/share/Főtanúsítvány.crt");

    untar();

    assertThat(file("/usr/share/Főtanúsítvány.crt").content().onDisk()).hasContent("cert");
    assertThat(file("/usr/share/é").content().onDisk()).hasContent("cert");
  }

  @Test
  void putsDataOnDiskOnlyWhenItIsWanted() throws Exception {
    tar.directory("./usr/share/doc/").file("./usr/share/doc/a", 0644, "a\n");
    tar.hardLink("./usr/share/also", "./usr/share/doc/a").hardLink("./a", "./usr/share/also");
    tar.file("./usr/share/doc/seldom", 0644, "s").file("./usr/lib/l.so", 0644, "l");

    untar();

    assertThat(tree.root().resolve("usr/lib/l.so")).hasContent("l");
    Path share = tree.root().resolve("usr/share");
    assertThat(file("/usr/share/doc/seldom").content().size()).isEqualTo(1);
    assertThat(share.resolve("doc/seldom")).doesNotExist();
    assertThat(tree.root().resolve("a")).hasContent("a");
    assertThat(file("/usr/share/doc/a").content().onDisk())
        .hasSameBinaryContentAs(file("/usr/share/also").content().onDisk());
    assertThat(file("/usr/share/doc/seldom").content().onDisk())
        .isEqualTo(share.resolve("doc/seldom"))
        .hasContent("s");
  }

  @Test
  void hasLibrariesAndProgramsOnDiskWhereverTheyAre() throws Exception {
    tar.file("./usr/share/wrapper", 0755, "#!/bin/sh\n");
    tar.file("./usr/share/node/addon.node", 0644, "\u007fELF").link("./usr/share/l", "node");
    tar.file("./usr/share/large", 0644, "x".repeat(70_000));
    tar.hardLink("./usr/share/same", "./usr/share/large");

    untar();

    Path share = tree.root().resolve("usr/share");
    assertThat(share.resolve("wrapper")).hasContent("#!/bin/sh").isExecutable();
    assertThat(share.resolve("l/addon.node")).hasContent("\u007fELF");
    assertThat(share.resolve("large")).hasContent("x".repeat(70_000));
    assertThat(share.resolve("same")).hasContent("x".repeat(70_000));
  }

  @Test
  void ignoresTheMergedDirectoriesWhereAPackageHasThemAsLinks() throws Exception {
    tar.link("./bin", "usr/bin").link("./lib64", "usr/lib64").file("./usr/bin/x", 0755, "x");

    untar();

    assertThat(tree.nodes().get("/usr/bin")).isInstanceOf(Node.Directory.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "./../x",
        "./a/../../x",
        "a//b",
        "/../x",
        "./a/./b",
        "./a\u0001b",
        "./..",
        "//x"
      })
  void refusesAPathOutOfTheTree(String path) throws Exception {
    tar.file(path, 0644, "x");

    assertRefused(path.contains("\u0001") ? "control" : "");
    assertThat(temp.resolve("x")).doesNotExist();
    assertThat(temp.resolve("staging/x")).doesNotExist();
  }

  @Test
  void doesNotFollowALinkOfThePackage() throws Exception {
    tar.link("./usr/evil", temp.toString()).file("./usr/evil/x", 0644, "x");

    assertRefused("'/usr/evil' is something else");
    assertThat(temp.resolve("x")).doesNotExist();
  }

  @Test
  void doesNotWriteThroughALink() throws Exception {
    tar.link("./usr/evil", temp.resolve("x").toString()).file("./usr/evil", 0644, "x");

    assertRefused("'/usr/evil' is also in hostile");
    assertThat(temp.resolve("x")).doesNotExist();
  }

  @Test
  void refusesAHardLinkToWhatIsNotOfThePackages() throws Exception {
    tar.hardLink("./usr/shadow", "/etc/shadow");

    assertRefused("'/etc/shadow' is absolute");
  }

  @Test
  void refusesAHardLinkToWhatIsNotThere() throws Exception {
    tar.hardLink("./usr/shadow", "./etc/shadow");

    assertRefused("'/usr/shadow' is a hard link to '/etc/shadow'");
  }

  @Test
  void refusesAHardLinkToALink() throws Exception {
    tar.link("./usr/a", "/etc/shadow").hardLink("./usr/b", "./usr/a");

    assertRefused("which is no file of it");
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO, '7' + 1})
  void refusesWhatIsNeitherFileDirectoryNorLink(byte type) throws Exception {
    tar.special("./usr/x", type);

    assertRefused("is neither file, directory nor link");
  }

  @Test
  void refusesWhatTwoPackagesHave() throws Exception {
    tree.file("other", "/usr/x", 0644, new ByteArrayInputStream(new byte[0]));
    tar.file("./usr/x", 0644, "x");

    assertRefused("'/usr/x' is also in other");
  }

  @Test
  void refusesATruncatedArchive() throws Exception {
    tar.file("./usr/x", 0644, "x".repeat(5000));
    byte[] whole = tar.bytes();

    assertThatThrownBy(
            () ->
                Unpacker.untar(
                    "hostile", new ByteArrayInputStream(Arrays.copyOf(whole, 2000)), tree))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("it is damaged");
  }

  @Test
  void refusesAPackageThatIsNone() throws Exception {
    Path deb = Files.writeString(temp.resolve("x.deb"), "no archive");

    assertThatThrownBy(() -> Unpacker.unpack(Map.of("hostile", deb), tree))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("cannot unpack hostile: ");
  }

  private Node.File file(String path) {
    return (Node.File) Objects.requireNonNull(tree.nodes().get(path), path);
  }

  private void untar() throws Exception {
    Unpacker.untar("hostile", new ByteArrayInputStream(tar.bytes()), tree);
  }

  private void assertRefused(String why) {
    assertThatThrownBy(this::untar)
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("cannot unpack hostile: ")
        .hasMessageContaining(why);
  }
}
