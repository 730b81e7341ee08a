package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host's apt without an archive to be had. */
class AptTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeEach
  void needsApt() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/apt-get")));
  }

  /** Fetches with lists of that age that have nothing in them. */
  private void fails(ErrorKind kind, String why, Duration age, @Nullable Instant since)
      throws Exception {
    said.reset();
    Progress progress =
        new Progress(new PrintStream(said, true, StandardCharsets.UTF_8), "template");
    FetchedFrom nowhere =
        new FetchedFrom("bookworm", "file:" + directory.resolve("nowhere"), null, false);
    Path apt = directory.resolve("apt");
    try (PackageFetch fetch =
        PackageFetch.begin(apt, nowhere, Processes.userId(), () -> {}, progress::say)) {
      assertThat(fetch.arguments()).contains(apt.toString());
      AptDirectory opened = AptDirectory.open(apt);
      opened.setListed();
      Files.setLastModifiedTime(
          apt.resolve(AptDirectory.LISTED), FileTime.from(Instant.now().minus(age)));
      Apt fetcher = new Apt(opened, progress, since);
      assertThatThrownBy(() -> fetcher.fetch(List.of("tool"), List.of()))
          .isInstanceOfSatisfying(RegException.class, e -> assertThat(e.kind()).isEqualTo(kind))
          .hasMessageContaining(why);
    }
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Test
  void oldListsWillDoWhileThereAreNoOthers() throws Exception {
    fails(ErrorKind.NOT_FOUND, "cannot find the package", Duration.ofDays(2), null);
    assertThat(said()).contains("using the package lists of ");
    fails(ErrorKind.NOT_FOUND, "cannot find the package", Duration.ofHours(1), null);
    assertThat(said()).doesNotContain("using the package lists of ");
  }

  @Test
  void listsOfBeforeAMomentAreNotUsed() throws Exception {
    Instant now = Instant.now();
    String why = "cannot download the package lists of Debian bookworm, component main: ";
    fails(ErrorKind.UNAVAILABLE, why, Duration.ofHours(1), now);
    fails(ErrorKind.UNAVAILABLE, why, Duration.ofDays(2), now.minus(Duration.ofHours(1)));
    assertThat(said()).doesNotContain("using the package lists of ");
    fails(
        ErrorKind.NOT_FOUND,
        "cannot find the package",
        Duration.ofMinutes(1),
        now.minus(Duration.ofHours(1)));
  }
}
