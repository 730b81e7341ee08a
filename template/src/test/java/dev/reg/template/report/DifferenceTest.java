package dev.reg.template.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Template;
import org.junit.jupiter.api.Test;

class DifferenceTest {
  private static final String A =
      """
      name: a
      version: "1"
      requires: [base@1]
      files:
        p: {path: /usr/bin/p, digest: "%1$s", mode: "0755"}
        q: {path: /usr/bin/q, digest: "%2$s", mode: "0755"}
        r: {path: /usr/bin/r, digest: "%2$s", mode: "0755"}
      links: {/usr/bin/l: p}
      directories: [/var/lib/d]
      environment: {LANG: C, OLD: x}
      command: [p]
      """;
  private static final String B =
      """
      name: a
      version: "2"
      requires: [base@2]
      files:
        p: {path: /usr/bin/p, digest: "%2$s", mode: "0755"}
        q: {path: /usr/bin/q, digest: "%2$s", mode: "0644"}
        s: {path: /usr/bin/s, digest: "%1$s", mode: "0755"}
      links: {/usr/bin/l: q, /usr/bin/m: p}
      directories: [{path: /var/lib/d, mode: "1777"}]
      environment: {LANG: C.UTF-8}
      command: [p, -v]
      """;

  private static Template of(String yaml) throws Exception {
    return Samples.template(yaml.formatted(Samples.digest("100"), Samples.digest("7")));
  }

  @Test
  void tellsEveryPathSettingAndPackage() throws Exception {
    Difference difference =
        Difference.of(
            of(A),
            Samples.provenance(),
            of(B),
            Samples.provenance(Samples.pack("libc6", "2.36-9+deb12u2"), Samples.pack("new", "1")),
            Samples::size);

    assertThat(difference.paths())
        .extracting(Difference.Path::path)
        .containsExactly(
            "/usr/bin/l",
            "/usr/bin/m",
            "/usr/bin/p",
            "/usr/bin/q",
            "/usr/bin/r",
            "/usr/bin/s",
            "/var/lib/d");
    assertThat(difference.paths().getFirst())
        .isEqualTo(
            new Difference.Path(
                "/usr/bin/l",
                new Difference.Node("link", "p", 0),
                new Difference.Node("link", "q", 0)));
    assertThat(difference.growth()).isEqualTo(7 - 100 + 100 - 7);
    assertThat(difference.settings())
        .containsExactly(
            new Difference.Value("command", "p", "p -v"),
            new Difference.Value("environment LANG", "C", "C.UTF-8"),
            new Difference.Value("environment OLD", "x", null),
            new Difference.Value("requires base", "base@1", "base@2"));
    assertThat(difference.packages())
        .containsExactly(
            new Difference.Value("libc6", "2.36-9+deb12u1", "2.36-9+deb12u2"),
            new Difference.Value("new", null, "1"),
            new Difference.Value("tool", "1:1.0~rc1", null));
  }

  @Test
  void aTemplateDoesNotDifferFromItself() throws Exception {
    Difference difference =
        Difference.of(of(A), Samples.provenance(), of(A), Samples.provenance(), Samples::size);
    assertThat(difference.paths()).isEmpty();
    assertThat(difference.settings()).isEmpty();
    assertThat(difference.packages()).isEmpty();
  }
}
