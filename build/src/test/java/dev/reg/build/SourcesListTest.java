package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourcesListTest {
  @Test
  void readsTheOneLineForm() {
    List<AptSource> sources =
        SourcesList.oneLine(
            """
            # deb http://off.example/debian bookworm main
            deb http://a.example/debian bookworm main contrib # non-free
            deb-src http://a.example/debian bookworm main
              deb [ arch=amd64,arm64 signed-by=/k.gpg ] http://b.example/debian  bookworm-updates  main
            deb cdrom:[Debian GNU/Linux 12]/ bookworm main
            deb http://c.example/flat ./
            debian is not an entry
            deb http://d.example/debian
            """);

    assertThat(sources)
        .containsExactly(
            new AptSource(
                List.of("http://a.example/debian"),
                List.of("bookworm"),
                List.of("main", "contrib"),
                Map.of()),
            new AptSource(
                List.of("http://b.example/debian"),
                List.of("bookworm-updates"),
                List.of("main"),
                Map.of("architectures", "amd64,arm64", "signed-by", "/k.gpg")),
            // No URI that is ever chosen.
            new AptSource(
                List.of("cdrom:[Debian"),
                List.of("GNU/Linux"),
                List.of("12]/", "bookworm", "main"),
                Map.of()),
            new AptSource(List.of("http://c.example/flat"), List.of("./"), List.of(), Map.of()));
  }

  @Test
  void readsDeb822() {
    List<AptSource> sources =
        SourcesList.deb822(
            """
            # a comment
            Types: deb deb-src
            URIs: http://a.example/debian
              http://b.example/debian
            # within
            Suites: bookworm bookworm-updates
            components: main
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             mQINBF

            Enabled: no
            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main


            Types: deb-src
            URIs: http://src.example/debian
            Suites: bookworm
            Components: main

            Types: deb
            Suites: bookworm
            """);

    assertThat(sources).hasSize(1);
    assertThat(sources.getFirst().uris())
        .containsExactly("http://a.example/debian", "http://b.example/debian");
    assertThat(sources.getFirst().suites()).containsExactly("bookworm", "bookworm-updates");
    assertThat(sources.getFirst().components()).containsExactly("main");
  }

  @Test
  void readsADirectoryAndOnlyWhatAptWouldRead(@TempDir Path etc) throws Exception {
    Files.writeString(etc.resolve("sources.list"), "deb http://a.example/debian bookworm main\n");
    Path parts = Files.createDirectory(etc.resolve("sources.list.d"));
    Files.writeString(parts.resolve("b.list"), "deb http://b.example/debian bookworm main\n");
    Files.writeString(
        parts.resolve("c.sources"),
        "Types: deb\nURIs: http://c.example/debian\nSuites: bookworm\nComponents: main");
    Files.writeString(parts.resolve("d.list.save"), "deb http://d.example/debian bookworm main\n");

    assertThat(SourcesList.read(etc))
        .extracting(source -> source.uris().getFirst())
        .containsExactly(
            "http://a.example/debian", "http://b.example/debian", "http://c.example/debian");
    assertThat(SourcesList.read(etc.resolve("missing"))).isEmpty();
  }
}
