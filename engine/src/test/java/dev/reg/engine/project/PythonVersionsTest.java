package dev.reg.engine.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.template.Version;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** As packaging.python.org's "Version specifiers" has it, and the library packaging decides. */
class PythonVersionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ">=3.9        | 3.11.2 | true",
        ">=3.12       | 3.11.2 | false",
        ">=3.11.2     | 3.11.2 | true",
        ">=3.9,<3.11  | 3.11.2 | false",
        ">= 3.9 , < 4 | 3.11.2 | true",
        "~=3.10       | 3.11.2 | true",
        "~=3.11.1     | 3.11.2 | true",
        "~=3.10.1     | 3.11.2 | false",
        "~=3.12       | 3.11.2 | false",
        "==3.11.*     | 3.11.2 | true",
        "==3.1.*      | 3.11.2 | false",
        "==3.11       | 3.11.2 | false",
        "==3.11       | 3.11   | true",
        "==3.11       | 3.11.0 | true",
        "===3.11.2    | 3.11.2 | true",
        "!=3.11.*     | 3.11.2 | false",
        "!=3.11.1     | 3.11.2 | true",
        "<3.11.10     | 3.11.2 | true",
        "<=3.11       | 3.11.2 | false",
        ">3.11        | 3.11.2 | true",
        ">=3.13       | 3.13.5-2 | true",
      })
  void aVersionWillDo(String specifiers, String version, boolean does) throws Exception {
    assertThat(PythonVersions.parse(specifiers).accepts(new Version(version))).isEqualTo(does);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "3.11", ">=", "=>3", ">=3.*", "~=3", ">=3,", "==3.11rc1", ">=1.99999999999"})
  void otherTextsAreRefused(String specifiers) {
    assertThatThrownBy(() -> PythonVersions.parse(specifiers)).isInstanceOf(Refused.class);
  }
}
