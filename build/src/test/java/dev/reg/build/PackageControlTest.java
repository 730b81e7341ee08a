package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PackageControlTest {
  @Test
  void saysWhichPackageItIs() {
    PackageControl control =
        PackageControl.parse(
            "libgcc-s1",
            """
            Package: libgcc-s1
            Source: gcc-12 (12.2.0-14)
            Version: 1:12.2.0-14+b1
            Architecture: amd64
            Maintainer: A B <a@b>
            Description: GCC support library
             Many words.
             .
             More.
            """,
            "");

    assertThat(control.isIdentified()).isTrue();
    assertThat(control.source()).isEqualTo("gcc-12");
    assertThat(control.sourceVersion()).isEqualTo("12.2.0-14");
    assertThat(control.status())
        .isEqualTo(
            """
            Package: libgcc-s1
            Status: install ok installed
            Maintainer: A B <a@b>
            Architecture: amd64
            Source: gcc-12 (12.2.0-14)
            Version: 1:12.2.0-14+b1
            Description: GCC support library
            """);
  }

  @Test
  void leavesOutWhatItDoesNotSay() {
    PackageControl control = PackageControl.parse("a", "Version: 1\nMaintainer: \u001b[2J\n", "");

    assertThat(control.isIdentified()).isTrue();
    assertThat(control.source()).isEqualTo("a");
    assertThat(control.status())
        .isEqualTo("Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Version: 1 2",
        "Version: 1\nArchitecture: a/b",
        "Version: 1\nSource: ../x",
        "Version: 1\nSource: a (x y)",
      })
  void isOfNoUseWhenOthersCouldNotReadIt(String control) {
    assertThat(PackageControl.parse("a", control, "").isIdentified()).isFalse();
    assertThat(PackageControl.parse("a/b", "Version: 1", "").isIdentified()).isFalse();
  }
}
