package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LicencesTest {
  private static final String HEAD =
      "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Expat | [MIT]",
        "GPL-2+ | [GPL-2.0-or-later]",
        "GPL-3 | [GPL-3.0-only]",
        "LGPL-2.1+ and BSD-3-clause | [BSD-3-Clause, LGPL-2.1-or-later]",
        "GFDL-NIV-1.3+ | [GFDL-1.3-or-later]",
        "Apache-2.0, MPL-2.0 | [Apache-2.0, MPL-2.0]",
        "GPL-1+ or Artistic | [Artistic-1.0-Perl, GPL-1.0-or-later]",
        "permissive | []",
        "GPL-2+ with OpenSSL exception | []",
      })
  void knowsTheShortNames(String names, String ids) {
    assertThat(Licences.of(HEAD + "License: " + names + "\n text\n")).hasToString(ids);
  }

  @Test
  void oneUnknownNameMakesAllUnknown() {
    assertThat(Licences.of(HEAD + "License: MIT\n\nFiles: x\nLicense: own\n")).isEmpty();
    assertThat(Licences.of(HEAD + "License: MIT\n\nFiles: x\nlicense: ISC\n"))
        .containsExactly("ISC", "MIT");
  }

  @Test
  void proseNamesNone() {
    assertThat(Licences.of("This package was debianized.\nLicense: MIT\n")).isEmpty();
    assertThat(Licences.of("")).isEmpty();
  }
}
