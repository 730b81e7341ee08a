package dev.reg.template.complete;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stored template is told that it lacks, beside libraries. */
class StaticCheckTest {
  @TempDir Path directory;
  private StoredFiles files = new StoredFiles(Path.of("/"));

  @BeforeEach
  void begin() {
    files = new StoredFiles(directory);
  }

  @Test
  void aLinkHasToLeadSomewhere() throws Exception {
    files
        .data("/usr/share/a/data")
        .directory("/var/lib/b")
        .link("/usr/share/a/good", "data")
        .link("/usr/share/a/above", "../a/good")
        .link("/usr/share/a/folder", "/var/lib/b")
        .link("/usr/share/a/usual", "/lib");
    assertThat(files.problems()).isEmpty();
    files
        .link("/usr/share/a/gone", "nothing")
        .link("/usr/share/a/far", "/opt/none/x")
        .link("/usr/share/a/second", "gone")
        .link("/usr/share/a/below", "data/x")
        .link("/usr/share/a/ring", "ring");
    assertThat(files.problems())
        .containsExactlyInAnyOrder(
            "/usr/share/a/gone leads to nothing (/usr/share/a/nothing), which is missing",
            "/usr/share/a/far leads to /opt/none/x (/opt/none), which is missing",
            "/usr/share/a/second leads to gone (/usr/share/a/nothing), which is missing",
            "/usr/share/a/below leads to data/x (/usr/share/a/data), which is missing",
            "/usr/share/a/ring leads to ring (/usr/share/a/ring), which is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dev/stdout",
        "/proc/self/mounts",
        "/run/thing/socket",
        "/var/run/thing",
        "/tmp/x",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/app/configuration"
      })
  void whatAContainerHasByItselfIsThere(String target) throws Exception {
    assertThat(files.link("/usr/share/link", target).problems()).isEmpty();
  }

  @Test
  void aLinkMayLeadToWhatIsRequiredAndAnotherTemplatesIsItsOwnBusiness() throws Exception {
    files.data("/usr/share/base/data").link("/usr/share/base/bad", "/gone").required();
    assertThat(files.link("/usr/share/link", "base/data").problems()).isEmpty();
  }

  @Test
  void theProgramThatEnvLooksForIsLookedForInTheTemplatesPath() throws Exception {
    files
        .program("/usr/bin/env")
        .program("/opt/tool/bin/tool")
        .required()
        .script("/usr/bin/start", "#!/usr/bin/env tool");
    assertThat(files.problems())
        .containsExactly("/usr/bin/start needs the program tool, which is missing");
    List<String> own = List.of("/opt/tool/bin", "/usr/bin");
    assertThat(files.problems(own)).isEmpty();
  }

  @Test
  void whatIsInTheTemplatesPathIsAProgram() throws Exception {
    files.script("/opt/tool/bin/start", "#!/opt/none");
    assertThat(files.problems()).isEmpty();
    assertThat(files.problems(List.of("/opt/tool/bin")))
        .containsExactly("/opt/tool/bin/start needs the interpreter /opt/none, which is missing");
  }
}
