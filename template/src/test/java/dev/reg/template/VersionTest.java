package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VersionTest {
  /** Ascending. */
  private static final List<String> ORDER =
      List.of(
          "0",
          "0.0",
          "0.1~rc1",
          "0.1",
          "0.1+b1",
          "0.9",
          "0.10",
          "1~~",
          "1~",
          "1",
          "1a",
          "1z",
          "1+deb12u1",
          "1+deb12u2",
          "1+deb12u10",
          "1-1",
          "1-2",
          "1-10",
          "1.0~beta2",
          "1.0",
          "1.0a",
          "1.0.1",
          "1.2.3",
          "1.10",
          "2",
          "3.1",
          "3.9.18",
          "3.11.2",
          "3.11.10",
          "10",
          "2024a",
          "2024b",
          "99999999999999999999999",
          "100000000000000000000000");

  @Test
  void ordersByComponentsAsDebianDoes() {
    List<Version> shuffled = new ArrayList<>(ORDER.stream().map(Version::new).toList());
    Collections.shuffle(shuffled, new Random(1));
    Collections.sort(shuffled);
    assertThat(shuffled.stream().map(Version::text)).containsExactlyElementsOf(ORDER);
  }

  @Test
  void neverCallsDifferentTextsEqual() {
    assertThat(new Version("1.0")).isNotEqualByComparingTo(new Version("1.00"));
    assertThat(new Version("3.10")).isNotEqualByComparingTo(new Version("3.1"));
    assertThat(new Version("1.0")).isEqualByComparingTo(new Version("1.0"));
  }

  @Test
  void isATotalOrderOnRandomTexts() {
    Random random = new Random(2);
    List<Version> versions = new ArrayList<>();
    String alphabet = "0019a~+-_.";
    while (versions.size() < 120) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(1, 8); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (Version.isValid(text.toString())) {
        versions.add(new Version(text.toString()));
      }
    }
    for (Version a : versions) {
      for (Version b : versions) {
        assertThat(Integer.signum(a.compareTo(b))).isEqualTo(-Integer.signum(b.compareTo(a)));
        assertThat(a.compareTo(b) == 0).isEqualTo(a.equals(b));
        for (Version c : versions) {
          if (a.compareTo(b) < 0 && b.compareTo(c) < 0) {
            assertThat(a.compareTo(c)).as("%s %s %s", a, b, c).isNegative();
          }
        }
      }
    }
  }

  @Test
  void matchesWholeComponents() {
    Version version = new Version("3.11.2");
    for (String prefix : List.of("", "3", "3.11", "3.11.2")) {
      assertThat(version.matches(prefix)).as(prefix).isTrue();
    }
    for (String prefix : List.of("3.1", "3.1.2", "3.11.", "3.11.20", "3.11.2.1", "11", "4")) {
      assertThat(version.matches(prefix)).as(prefix).isFalse();
    }
  }

  @Test
  void matchesExactlyWithSuffixes() {
    for (String text : List.of("3.11.2-6+deb12u6", "1.0~rc1", "2024a-0+deb12u1", "1_2")) {
      assertThat(new Version(text).matches(text)).isTrue();
    }
    assertThat(new Version("3.11.2-6").matches("3.11.2")).isFalse();
    assertThat(new Version("3.11.2-6").matches("3.11")).isTrue();
  }

  @Test
  void refusesWhatIsNoVersion() {
    for (String text :
        List.of("", ".", "1.", ".1", "1..2", "1/2", "..", "1 2", "1\n", "ü", "1".repeat(129))) {
      assertThat(Version.isValid(text)).as(text).isFalse();
      assertThatThrownBy(() -> Version.parse(text)).isInstanceOf(RegException.class);
    }
  }

  @Test
  void readsReferences() throws RegException {
    assertThat(TemplateRef.parse("python")).isEqualTo(new TemplateRef("python", ""));
    assertThat(TemplateRef.parse("python@3.11")).isEqualTo(new TemplateRef("python", "3.11"));
    assertThat(TemplateRef.parse("g++@12")).hasToString("g++@12");
    for (String text : List.of("", "@", "@3", "a@", "a@b@c", "A", "-a", "a/b", "../a", "a\n@1")) {
      assertThatThrownBy(() -> TemplateRef.parse(text))
          .as(text)
          .isInstanceOf(RegException.class)
          .message()
          .doesNotContain("\n");
    }
    assertThatThrownBy(() -> TemplateRef.parse("x".repeat(65))).isInstanceOf(RegException.class);
  }

  @Test
  void namesLibrariesByAbi() {
    assertThat(lib("libc@6").soname()).isEqualTo("libc.so.6");
    assertThat(lib("libstdc++@6").soname()).isEqualTo("libstdc++.so.6");
    assertThat(lib("libssl@3").soname()).isEqualTo("libssl.so.3");
    assertThat(lib("libpython3.11@1.0").soname()).isEqualTo("libpython3.11.so.1.0");
    assertThat(lib("ld-linux-x86-64@2").soname()).isEqualTo("ld-linux-x86-64.so.2");
    assertThat(lib("libfoo").soname()).isEqualTo("libfoo.so");
    for (String name : List.of("libc@6", "libstdc++@6", "libpython3.11@1.0", "libfoo")) {
      assertThat(TemplateLib.nameOf(lib(name).soname())).isEqualTo(name);
    }
    assertThat(TemplateLib.nameOf("plugin")).isNull();
  }

  private static TemplateLib lib(String name) {
    return new TemplateLib(name, null, null, null);
  }

  @Test
  void findsNearMisses() {
    List<String> known = List.of("python", "python-doc", "nodejs", "nginx", "busybox", "tomcat");
    assertThat(NearMisses.of("pyhton", known)).containsExactly("python");
    assertThat(NearMisses.of("pytho", known)).containsExactly("python", "python-doc");
    assertThat(NearMisses.of("node", known)).containsExactly("nodejs");
    assertThat(NearMisses.of("ngnix", known)).containsExactly("nginx");
    assertThat(NearMisses.of("x", known)).isEmpty();
    assertThat(NearMisses.of("mysql", known)).isEmpty();
    assertThat(NearMisses.of("p".repeat(10_000), known)).isEmpty();
  }
}
