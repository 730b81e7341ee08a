package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Execution;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a post step left is taken, and nothing that is not in its container. */
class ContainerPostStepTest {
  private static final Head HEAD =
      new Head(
          "a",
          new Version("1"),
          new Digest("0".repeat(64)),
          List.of(),
          List.of(),
          Level.NONE,
          Execution.NONE,
          0,
          0,
          Instant.EPOCH);

  @TempDir Path directory;
  private Path upper;
  private Path elsewhere;
  private Path to;

  @BeforeEach
  void make() throws Exception {
    upper = Files.createDirectory(directory.resolve("upper"));
    elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createDirectory(elsewhere.resolve("etc"));
    Files.writeString(elsewhere.resolve("etc/shadow"), "secret");
    to = directory.resolve("to");
  }

  private void refused(String output) {
    assertThatThrownBy(() -> ContainerPostStep.copy(upper, output, to, HEAD))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    assertThat(to).doesNotExist();
  }

  @Test
  void filesAreCopied() throws Exception {
    Files.createDirectories(upper.resolve("var/out/usr/share"));
    Files.writeString(upper.resolve("var/out/usr/share/x"), "x");
    ContainerPostStep.copy(upper, "var/out", to, HEAD);
    assertThat(to.resolve("usr/share/x")).hasContent("x");
  }

  @Test
  void aLinkOnTheWayIsNotFollowed() throws Exception {
    Files.createSymbolicLink(upper.resolve("out"), elsewhere);
    refused("out");
    refused("out/etc");
  }

  @Test
  void nothingIsRefused() {
    refused("out");
  }
}
