package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Trees;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateReader;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.Why;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs of a machine that is a directory; its interpreter is a header of one. */
final class FromHostTest {
  @TempDir private Path temp;
  private Path host = Path.of("/nonexistent");
  private int made;

  @BeforeEach
  void makeHost() throws Exception {
    host = Files.createDirectory(temp.resolve("host"));
    Files.createDirectories(host.resolve("usr/bin"));
    Files.createSymbolicLink(host.resolve("bin"), Path.of("usr/bin"));
    file("/usr/bin/sh", TinyElf.TEXT, "rwxr-xr-x");
    file("/opt/app/run", "#!/bin/sh\n", "rwxr-x---");
    Files.createSymbolicLink(host.resolve("usr/bin/app"), Path.of("/opt/app/run"));
  }

  @AfterEach
  void delete() throws Exception {
    for (int i = 1; i <= made; i++) {
      Trees.deleteIfThere(temp.resolve("out" + i));
    }
  }

  private void file(String path, String content, String mode) throws Exception {
    Path file = host.resolve(path.substring(1));
    Files.createDirectories(host.resolve(Paths.parent(path).substring(1)));
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private Template of(String program, @Nullable String name, @Nullable String version)
      throws Exception {
    Path out = Files.createDirectory(temp.resolve("out" + ++made));
    Progress progress = new Progress(new PrintStream(new ByteArrayOutputStream()), "p");
    new FromHost(host, out, progress, name, version).build(program);
    return TemplateReader.read("made", Files.readAllBytes(out.resolve("template.yaml")));
  }

  @Test
  void takesAProgramAtItsPlaceWithItsInterpreterAndLinks() throws Exception {
    Template template = of("/bin/app", null, null);

    assertThat(template.id())
        .isEqualTo(
            "app@"
                + Digest.of("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8)).hex().substring(0, 12));
    assertThat(template.files())
        .extracting(TemplateFile::path)
        .containsExactly("/opt/app/run", "/usr/bin/sh");
    assertThat(template.files().getFirst().mode()).isEqualTo(0750);
    assertThat(template.links()).containsOnlyKeys("/usr/bin/app");
    assertThat(template.execution().command()).containsExactly("app");
    assertThat(of("/bin/app", null, null)).isEqualTo(template);
  }

  private Provenance provenance() throws Exception {
    Path file = temp.resolve("out" + made).resolve("provenance.json");
    return ProvenanceReader.read("made", Files.readAllBytes(file));
  }

  @Test
  void saysWhereItIsFromAsFarAsTheMachineKnows() throws Exception {
    file(
        "/var/lib/dpkg/status",
        "Package: dash\nStatus: install ok installed\nVersion: 0.5-2\nArchitecture: amd64\n",
        "rw-r--r--");
    file("/var/lib/dpkg/info/dash.list", "/.\n/bin/sh\n", "rw-r--r--");
    file("/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n", "rw-r--r--");
    file(
        "/usr/share/doc/dash/copyright",
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n",
        "rw-r--r--");
    Template template = of("/bin/app", null, null);

    Provenance provenance = provenance();
    assertThat(provenance.source()).isEqualTo(new BuiltFrom.Program("/bin/app"));
    assertThat(provenance.distribution())
        .isEqualTo(new Provenance.Distribution("debian", "bookworm"));
    assertThat(provenance.files())
        .containsOnlyKeys(
            "/opt/app/run", "/usr/bin/app", "/usr/bin/sh", "/var/lib/dpkg/status.d/dash");
    assertThat(provenance.files())
        .containsEntry("/opt/app/run", new Origin(null, new Why.Asked()))
        .containsEntry(
            "/usr/bin/sh",
            new Origin(0, new Why.Needed("/opt/app/run", Why.How.SHEBANG, "/bin/sh")));
    assertThat(provenance.packageOf("/usr/bin/sh").orElseThrow().version()).isEqualTo("0.5-2");
    assertThat(template.files())
        .extracting(TemplateFile::path)
        .contains("/var/lib/dpkg/status.d/dash");
    assertThat(temp.resolve("out" + made).resolve("files/var/lib/dpkg/status.d/dash"))
        .hasContent(
            "Package: dash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 0.5-2\n");
  }

  @Test
  void aProgramThatNoShellWouldFindGetsALinkWhereOneDoes() throws Exception {
    Template template = of("/opt/app/run", "tool", "7");

    assertThat(template.id()).isEqualTo("tool@7");
    assertThat(template.links()).containsEntry("/usr/local/bin/run", "/opt/app/run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/usr/bin/none | there is no file",
        "/usr/bin | there is no file",
        "/usr/../usr/bin/sh | must be normalised",
        "relative | must be an absolute path",
        "/tmp/x | copy it elsewhere",
        "/proc/self/exe | copy it elsewhere",
        "/opt/data | it is not executable",
        "/opt/broken | needs the interpreter /usr/bin/nothing",
        "/opt/damaged | not a sound ELF file",
        "/opt/_odd | is no template's name; say one with --name",
      })
  void refusesWhatCouldNotRun(String program, String why) throws Exception {
    file("/opt/data", "x", "rw-r--r--");
    file("/opt/broken", "#!/usr/bin/nothing\n", "rwxr-xr-x");
    file("/opt/damaged", "\u007fELF", "rwxr-xr-x");
    file("/opt/_odd", "#!/bin/sh\n", "rwxr-xr-x");

    assertThatThrownBy(() -> of(program, null, null))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("cannot make a template of '" + program + "'")
        .hasMessageContaining(why);
  }
}
