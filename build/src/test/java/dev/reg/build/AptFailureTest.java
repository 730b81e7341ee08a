package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AptFailureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          E: Unable to locate package pyton3                                          | pyton3
          E: Package 'gone' has no installation candidate                             | gone
          E: Version '1.2-3' for 'old' was not found                                  | old
          E: Couldn't find any package by glob 'libfoo1.2'                            | libfoo1.2
          """)
  void findsThePackageThatIsMissing(String line, String name) {
    assertThat(AptFailure.missing(new Subprocess.Result(100, "", "W: x\n" + line + "\n")))
        .contains(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          W: Failed to fetch http://a/InRelease  Could not resolve 'a'                | UNAVAILABLE
          E: Failed to fetch http://a/x.deb  404  Not Found [IP: 192.0.2.1 80]        | UNAVAILABLE
          E: You don't have enough free space in /x/archives/.                        | EXHAUSTED
          E: Write error - write (28: No space left on device)                        | EXHAUSTED
          E: Failed to fetch http://a/x.deb  Hash Sum mismatch                        | INVALID
          W: GPG error: http://a bookworm InRelease: NO_PUBKEY 0E98404D386FA1D9       | INVALID
          E: The repository 'http://a bookworm InRelease' is not signed.              | INVALID
          """)
  void tellsKindsApart(String line, ErrorKind kind) {
    RegException failure =
        AptFailure.of("cannot download", new Subprocess.Result(100, "", line + "\nE: more\n"));

    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.line()).startsWith("cannot download: ").doesNotContain("\n");
  }

  @Test
  void namesTheDownloadThatFailed() {
    String err =
        """
        W: Failed to fetch http://a/InRelease  Temporary failure resolving 'a'
        E: Some index files failed to download. They have been ignored.
        """;

    assertThat(AptFailure.of("cannot update", new Subprocess.Result(100, "", err)).line())
        .contains("cannot update: Failed to fetch http://a/InRelease Temporary failure");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          W: GPG error: http://a x InRelease: signatures were invalid: BADSIG 6ED0       | BADSIG 6ED0
          E: The repository 'http://a nosuch Release' does not have a Release file.      | not have a Release file
          """)
  void prefersTheReasonToTheFileItIsAbout(String line, String part) {
    RegException failure =
        AptFailure.of(
            "cannot update",
            new Subprocess.Result(100, "Err:1 http://a nosuch Release\n  404  Not Found\n", line));

    assertThat(failure.line()).contains(part);
  }

  @Test
  void readsWhatAptWouldDownload() {
    assertThat(
            DebianPackage.ofUris(
                "'http://a/b_1.35.0-4%2bdeb12u1.deb' busybox-static_1%3a1.35.0-4+deb12u1_amd64.deb"
                    + " 928188 SHA256:"
                    + "a".repeat(64)
                    + "\nReading...\n'x' y_1_all.deb 12 MD5Sum:00\n"))
        .containsExactly(
            new DebianPackage(
                "busybox-static",
                "1:1.35.0-4+deb12u1",
                "amd64",
                "busybox-static_1%3a1.35.0-4+deb12u1_amd64.deb",
                928188,
                "a".repeat(64)));
  }
}
