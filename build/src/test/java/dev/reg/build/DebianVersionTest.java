package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DebianVersionTest {
  @ParameterizedTest
  @CsvSource({
    "3.11.2-1+b1, 3.11.2",
    "1:1.35.0-4+deb12u1+b1, 1.35.0",
    "1:1.2.13.dfsg-1, 1.2.13",
    "5.3.28+dfsg2-1, 5.3.28",
    "1.34+dfsg-1.2+deb12u1, 1.34",
    "1.3.3+ds-1, 1.3.3",
    "3.0.22-1~deb12u2, 3.0.22",
    "2025b, 2025b",
    "20250419~deb12u2, 20250419~deb12u2",
    "1.2-rc3-4, 1.2-rc3",
  })
  void keepsTheUpstreamPart(String version, String upstream) {
    assertThat(DebianVersion.upstream(version)).isEqualTo(upstream);
  }
}
