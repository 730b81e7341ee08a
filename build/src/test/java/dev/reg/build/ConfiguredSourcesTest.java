package dev.reg.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfiguredSourcesTest {
  private static final String ENTRY =
      """
      Types: deb
      URIs: https://mirror.example:8443/debian
      Suites: bookworm
      Components: main extra
      Signed-By: KEYRING
      """;

  @TempDir Path directory;
  private Path file;
  private Path keyring;

  @BeforeEach
  void makeKeyring() throws Exception {
    file = directory.resolve("mirror.sources");
    keyring = Files.writeString(directory.resolve("key.gpg"), "key");
  }

  private ConfiguredSources read(String text) throws Exception {
    Files.writeString(file, text.replace("KEYRING", keyring.toString()));
    return ConfiguredSources.read(file);
  }

  private String text(ConfiguredSources sources) {
    assertThat(sources.keyringFiles().values()).containsExactly("key".getBytes(UTF_8));
    String name = sources.keyringFiles().keySet().iterator().next();
    assertThat(name).matches("keyring-[0-9a-f]{64}[.]gpg");
    return sources.text("amd64", Path.of("/place")).replace("/place/" + name, "KEYRING");
  }

  private static void mode(Path path, String mode) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void anEntryHasItsOwnKeyringAndPin() throws Exception {
    ConfiguredSources sources = read(ENTRY + "X-Note: ours\nCheck-Valid-Until: no\n");
    assertThat(text(sources))
        .isEqualTo(ENTRY.replace("Signed-By", "Check-Valid-Until: no\nSigned-By") + "\n");
    assertThat(sources.pins())
        .isEqualTo("Package: *\nPin: origin \"mirror.example\"\nPin-Priority: 500\n\n");
    assertThat(sources.keyrings()).containsExactly(keyring);
    assertThat(sources).hasToString(file.toString());
  }

  @Test
  void aDirectoryIsAllItsFiles() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("sources.d"));
    String flat =
        "Types: deb\nURIs: file:/srv/flat copy:///srv/b\nSuites: ./\nSigned-By: " + keyring;
    Files.writeString(folder.resolve("b.sources"), flat);
    Files.writeString(
        folder.resolve("a.sources"),
        ENTRY.replace("KEYRING", keyring.toString())
            + "Architectures: arm64\n\nEnabled: no\nnonsense: 1\n");
    Files.writeString(folder.resolve("c.sources.save"), "nonsense");
    ConfiguredSources sources = ConfiguredSources.read(folder);
    assertThat(sources.size()).isEqualTo(2);
    assertThat(text(sources))
        .isEqualTo(
            "Types: deb\nURIs: copy:/srv/flat copy:///srv/b\nSuites: ./\nSigned-By: KEYRING\n\n");
    assertThat(sources.pins()).contains("origin \"mirror.example\"", "origin \"\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '"',
      value = {
        "Signed-By: KEYRING → → an entry needs Signed-By: with the absolute path of one keyring",
        "KEYRING → KEYRING KEYRING → an entry needs Signed-By:",
        "KEYRING → key.gpg → an entry needs Signed-By:",
        "KEYRING → /etc/passwd → an entry needs Signed-By:",
        "KEYRING → /nowhere/key.gpg → '/nowhere/key.gpg' is no file",
        "KEYRING → KEYRING/key.gpg → is no file",
        "Types: deb → Types: deb deb-src → an entry needs Types: deb",
        "Types: deb → Typs: deb → the field 'typs' is not one that is taken here",
        "Types: deb → Types: deb^Trusted: yes → the field 'trusted' is not one",
        "Types: deb → Types: deb^Types: deb → 'types' is no field, or there twice",
        "Types: deb → Types: deb^nonsense → 'nonsense' is no field",
        "URIs: https://mirror.example:8443/debian → → an entry has no URIs",
        "https: → ftp: → URIs has 'ftp://mirror.example:8443/debian', which is none",
        "https: → mirror: → URIs has 'mirror://mirror.example:8443/debian', which is none",
        "https://mirror.example:8443/debian → https:///debian → which is none",
        "https://mirror.example:8443/debian → file:debian → which is none",
        "https://mirror.example:8443/debian → https://a%22%0aPin:/ → which is none",
        "Suites: bookworm → → an entry has no Suites",
        "bookworm → book:worm → Suites has 'book:worm', which is none",
        "bookworm → ./ → an entry whose suite is a path, ending in '/', has no Components",
        "bookworm → bookworm ./ → an entry has both suites and paths",
        "main extra → → an entry has no Components",
        "main extra → -main → Components has '-main', which is none",
        "Types: deb → Enabled: no^Types: deb → there is no enabled entry",
      })
  void aMistakeIsOneLine(String word, String other, String why) {
    String text = ENTRY.replace(word, other == null ? "" : other.replace('^', '\n'));
    assertThatThrownBy(() -> read(text.replaceAll("\n+", "\n")))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith("cannot use the package sources " + file + ": ")
        .hasMessageContaining(why)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
  void whatOthersCanWriteIsRefused(String mode) throws Exception {
    read(ENTRY);
    for (Path open : new Path[] {keyring, file}) {
      mode(open, mode);
      assertThatThrownBy(() -> ConfiguredSources.read(file))
          .isInstanceOf(RegException.class)
          .hasMessageStartingWith(
              "cannot use the package sources " + file + ": '" + open + "' can be");
      mode(open, "rw-r--r--");
    }
    mode(directory, "rwxrwxrwx");
    assertThatThrownBy(() -> ConfiguredSources.read(file))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("'" + directory + "' can be written by others than root");
  }

  @Test
  void aLinkIsAsGoodAsBothItsEnds() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    mode(open, "rwxrwxrwx");
    Path link = Files.createSymbolicLink(directory.resolve("link.sources"), file);
    read(ENTRY);
    assertThat(ConfiguredSources.read(link).size()).isEqualTo(1);
    Path bad = Files.createSymbolicLink(open.resolve("bad.sources"), file);
    assertThatThrownBy(() -> ConfiguredSources.read(bad)).hasMessageContaining("'" + open + "'");
    Files.delete(link);
    Files.createSymbolicLink(link, Files.writeString(open.resolve("it"), ENTRY));
    assertThatThrownBy(() -> ConfiguredSources.read(link)).hasMessageContaining("'" + open + "'");
  }

  @Test
  void hostileFilesAreRefused() throws Exception {
    assertThatThrownBy(() -> read("#".repeat((1 << 16) + 1))).hasMessageContaining("than 64 KiB");
    assertThatThrownBy(() -> read((ENTRY + "\n").repeat(65))).hasMessageContaining("than 64 entr");
    Files.write(file, "Types: \u00e4".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ConfiguredSources.read(file)).hasMessageContaining("not UTF-8");
    Files.write(keyring, new byte[0]);
    assertThatThrownBy(() -> read(ENTRY)).hasMessageContaining("is empty");
    Files.write(keyring, new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> read(ENTRY)).hasMessageContaining("is larger than 1024 KiB");
    Path folder = Files.createDirectory(directory.resolve("many"));
    for (int i = 0; i < 33; i++) {
      Files.writeString(folder.resolve(i + ".sources"), "");
    }
    assertThatThrownBy(() -> ConfiguredSources.read(folder)).hasMessageContaining("than 32 files");
    assertThatThrownBy(() -> ConfiguredSources.read(directory.resolve("none")))
        .hasMessageContaining("there is no such file or directory");
  }
}
