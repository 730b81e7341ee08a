package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DebianSourcesTest {
  private static final List<AptSource> HOST =
      SourcesList.oneLine(
          """
          deb https://vendor.example/apt nodistro main
          deb https://vendor.example/apt bookworm stable
          deb http://a.example/debian bookworm main contrib
          deb http://a.example/debian bookworm-updates main
          deb http://a.example/debian bookworm-backports main
          deb [check-valid-until=no] http://s.example/debian-security bookworm-security main
          """);

  @Test
  void takesTheHostsEntriesForItsRelease() throws Exception {
    DebianSources sources = DebianSources.choose(HOST, "bookworm", "amd64", null, null);

    assertThat(sources.text("/keys.gpg"))
        .isEqualTo(
            """
            Types: deb
            URIs: http://a.example/debian
            Suites: bookworm
            Components: main
            Signed-By: /keys.gpg

            Types: deb
            URIs: http://a.example/debian
            Suites: bookworm-updates
            Components: main
            Signed-By: /keys.gpg

            Types: deb
            URIs: http://s.example/debian-security
            Suites: bookworm-security
            Components: main
            Check-Valid-Until: no
            Signed-By: /keys.gpg

            """);
  }

  @Test
  void pinsOriginAndRelease() throws Exception {
    String pins = DebianSources.choose(HOST, "bookworm", "amd64", null, null).pins();

    assertThat(pins)
        .contains("Pin: release o=Debian,n=bookworm\nPin-Priority: 500\n")
        .contains("Pin: release o=Debian,n=bookworm-security\nPin-Priority: 500\n")
        .endsWith("Package: *\nPin: release a=*\nPin-Priority: -1\n");
    assertThat(pins).doesNotContain("n=bookworm-backports");
  }

  @Test
  void takesAnAliasWhenNothingHasTheCodename() throws Exception {
    List<AptSource> host =
        SourcesList.oneLine(
            """
            deb http://a.example/debian stable main
            deb http://s.example/debian-security stable-security main
            """);

    DebianSources sources = DebianSources.choose(host, "bookworm", "amd64", null, null);

    assertThat(sources.entries())
        .extracting(AptSource::suites)
        .containsExactly(List.of("stable"), List.of("stable-security"));
    assertThat(sources.pins()).contains("n=bookworm\n").doesNotContain("stable");
  }

  @Test
  void anotherSuiteComesFromTheHostsArchives() throws Exception {
    DebianSources sources = DebianSources.choose(HOST, "bookworm", "amd64", "trixie", null);

    assertThat(sources.entries())
        .extracting(entry -> entry.uris().getFirst() + " " + entry.suites().getFirst())
        .containsExactly(
            "http://a.example/debian trixie",
            "http://a.example/debian trixie-updates",
            "http://s.example/debian-security trixie-security");
    assertThat(sources.pins()).contains("n=trixie\n").doesNotContain("bookworm");
  }

  @Test
  void aMirrorReplacesTheArchiveButNotTheSecurityFixes() throws Exception {
    DebianSources sources =
        DebianSources.choose(HOST, "bookworm", "amd64", null, "file:/srv/debian");

    assertThat(sources.text("/k"))
        .contains("URIs: copy:/srv/debian\nSuites: bookworm\n")
        .contains("URIs: http://s.example/debian-security")
        .doesNotContain("a.example");
  }

  @Test
  void unstableHasNeitherUpdatesNorSecurity() throws Exception {
    DebianSources sources =
        DebianSources.choose(HOST, "bookworm", "amd64", "sid", "http://m.example/debian");

    assertThat(sources.entries()).extracting(AptSource::suites).containsExactly(List.of("sid"));
  }

  @Test
  void passesOverOtherArchitecturesAndMedia() {
    List<AptSource> host =
        SourcesList.oneLine(
            """
            deb [arch=arm64] http://a.example/debian bookworm main
            deb cdrom:/media bookworm main
            deb http://b.example/debian bookworm contrib
            """);

    assertThatThrownBy(() -> DebianSources.choose(host, "bookworm", "amd64", null, null))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION))
        .hasMessageContaining("main of 'bookworm'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "debian",
        "http://a b",
        "http://a\nSigned-By: /x",
        "cdrom:/x",
        "rsh://x",
        "http://x\"",
        "http://x#y"
      })
  void refusesAMirror(String mirror) {
    assertThatThrownBy(() -> DebianSources.choose(HOST, "bookworm", "amd64", null, mirror))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "a b", "Bookworm", "bookworm\nx"})
  void refusesASuite(String suite) {
    assertThatThrownBy(() -> DebianSources.choose(HOST, "bookworm", "amd64", suite, null))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }
}
