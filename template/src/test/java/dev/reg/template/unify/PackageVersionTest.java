package dev.reg.template.unify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackageVersionTest {
  /** As {@code dpkg --compare-versions OLDER lt NEWER} has it. */
  @ParameterizedTest
  @CsvSource({
    "3.0.15-1~deb12u1, 3.0.17-1~deb12u2",
    "3.0.17-1~deb12u2, 3.0.17-1",
    "1.0~rc1-1, 1.0-1",
    "9.0-1, 1:1.0-1",
    "1.0-9, 1.0-10",
    "1.0-1, 1.0-1+b1",
    "1.0, 1.0-1",
    "1.0a, 1.0+",
    "2.36-9+deb12u9, 2.36-9+deb12u10",
    "1-2-3, 1-2-4",
    "1:1.2, 2:1.0",
  })
  void ordersAsDpkgDoes(String older, String newer) {
    assertThat(PackageVersion.parse(older)).isLessThan(PackageVersion.parse(newer));
    assertThat(PackageVersion.parse(newer)).isGreaterThan(PackageVersion.parse(older));
  }

  @ParameterizedTest
  @CsvSource({"1.0, 1.0-0", "0:1.0-1, 1.0-1", "1.00-1, 1.0-01"})
  void equalIsEqual(String one, String other) {
    assertThat(PackageVersion.parse(one)).isEqualByComparingTo(PackageVersion.parse(other));
  }
}
