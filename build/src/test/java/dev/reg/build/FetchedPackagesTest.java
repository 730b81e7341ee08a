package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of what a process left that may have become somebody else's. */
@Timeout(60)
final class FetchedPackagesTest {
  private static final String SHA = "a".repeat(64);
  private static final Distribution DEBIAN = new Distribution("debian", "bookworm");

  @TempDir Path directory;
  private Path apt;
  private Path archives;
  private Path packages;

  @BeforeEach
  void make() throws IOException {
    apt = directory.resolve("apt");
    archives = Files.createDirectories(apt.resolve(AptSetting.ARCHIVES));
    packages = Files.createDirectory(directory.resolve("packages"));
  }

  private static String line(String archive, long size) {
    return "'' " + archive + " " + size + " SHA256:" + SHA;
  }

  private void fill(String list) throws IOException, RegException {
    PackageDirectory.fill(packages, DEBIAN, list, apt, AptSetting.ARCHIVES);
  }

  private void refused(String list) {
    assertThatThrownBy(() -> fill(list))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> assertThat(e.kind()).isIn(ErrorKind.INVALID, ErrorKind.NOT_FOUND))
        .hasMessageNotContaining("\n");
  }

  @Test
  void archivesAreCopiedWithWhatTheyAre() throws Exception {
    Path one = Files.writeString(archives.resolve("one_1%3a2-3_all.deb"), "content");
    fill(line("one_1%3a2-3_all.deb", 7) + "\n");
    PackageDirectory.Fetched fetched = PackageDirectory.read(packages);
    assertThat(fetched.distribution()).isEqualTo(DEBIAN);
    assertThat(fetched.packages())
        .containsExactlyEntriesOf(
            Map.of(
                new DebianPackage("one", "1:2-3", "all", "one_1%3a2-3_all.deb", 7, SHA),
                packages.resolve("one_1%3a2-3_all.deb")));
    // A copy: what becomes of the other later does not matter.
    Files.writeString(one, "changed");
    assertThat(packages.resolve("one_1%3a2-3_all.deb")).hasContent("content");
  }

  @Test
  void nothingIsNothing() throws Exception {
    fill("");
    assertThat(PackageDirectory.read(packages).packages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "'' ../one_1_all.deb 7 SHA256:",
        "'' /etc/passwd 7 SHA256:",
        "'' one_1_all.deb -7 SHA256:",
        "'' one_1_all.deb 9999999999999 SHA256:",
        "'' none_1_all.deb 7 SHA256:",
        "'' one_1_all.deb 6 SHA256:",
        "'' one_1_all.deb 8 SHA256:",
        "'' link_1_all.deb 7 SHA256:",
        "'' pipe_1_all.deb 0 SHA256:",
        "'' folder_1_all.deb 4096 SHA256:",
      })
  void whatIsNoListOfFilesIsRefused(String text) throws Exception {
    Path one = Files.writeString(archives.resolve("one_1_all.deb"), "content");
    Files.createSymbolicLink(archives.resolve("link_1_all.deb"), one);
    Files.createDirectory(archives.resolve("folder_1_all.deb"));
    new ProcessBuilder("mkfifo", archives.resolve("pipe_1_all.deb").toString()).start().waitFor();
    refused(text + SHA);
  }

  @Test
  void aFolderThatIsALinkIsNotFollowed() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("one_1_all.deb"), "content");
    Files.delete(archives);
    Files.createSymbolicLink(archives, elsewhere);
    refused(line("one_1_all.deb", 7));
  }

  @Test
  void itIsBounded() throws Exception {
    Files.writeString(archives.resolve("one_1_all.deb"), "");
    refused((line("one_1_all.deb", 0) + "\n").repeat(10_001));
    refused(line("one_1_all.deb", 9L << 30));
    assertThat(packages).isEmptyDirectory();
  }

  @Test
  void whatWasAnothersIsNotKept() throws Exception {
    assumeTrue(Processes.userId() == 0, "needs root");
    Path precious = Files.createDirectory(directory.resolve("precious"));
    Files.writeString(precious.resolve("file"), "text");
    Path state = Files.createDirectory(apt.resolve("state"));
    Files.writeString(state.resolve("listed"), "roots");
    Files.createSymbolicLink(apt.resolve("log"), precious);
    Path source =
        Files.writeString(
            directory.resolve("a.sources"),
            "Types: deb\nURIs: file:/srv\nSuites: ./\nSigned-By: " + directory + "/a.gpg\n");
    Files.writeString(directory.resolve("a.gpg"), "key");
    FetchedFrom from = new FetchedFrom("bookworm", null, source, true);
    List<String> progress = new ArrayList<>();
    try (PackageFetch fetch = PackageFetch.begin(apt, from, 65_533, () -> {}, progress::add)) {
      assertThat(precious.resolve("file")).hasContent("text");
      assertThat(state).isEmptyDirectory();
      for (Path own : fetch.writable()) {
        assertThat(Files.getAttribute(own, "unix:uid")).isEqualTo(65_533);
        assertThat(Files.isSymbolicLink(own)).isFalse();
      }
      assertThat(Files.getAttribute(apt.resolve("etc/apt.conf"), "unix:uid")).isEqualTo(0);
      assertThat(fetch.readable()).contains(apt, Path.of("/srv"));
      assertThat(AptCache.lock(apt)).isEmpty();
      assertThat(new AptCache(apt).clear()).isFalse();
      assertThatThrownBy(
              () ->
                  PackageFetch.begin(
                      apt,
                      from,
                      65_533,
                      () -> {
                        throw new RegException(ErrorKind.UNAVAILABLE, "enough");
                      },
                      progress::add))
          .hasMessage("enough");
      assertThat(progress).containsExactly("waiting for another build");
    }
    Files.writeString(state.resolve("listed"), "its");
    PackageFetch.begin(apt, from, 65_533, () -> {}, progress::add).close();
    assertThat(state.resolve("listed")).as("its own is kept").hasContent("its");
    assertThat(new AptCache(apt).lastUsed()).isNotEqualTo(Optional.empty());
    assertThat(new AptCache(apt).clear()).isTrue();
    assertThat(apt.toFile().list()).containsExactly("lock");
  }
}
