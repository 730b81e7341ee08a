package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** An empty repository: the first run makes the template, the second only runs. */
class FirstRunTest {
  @Test
  void theFirstRunMakesWhatIsMissingAndTheSecondOnlyRuns() throws IOException {
    try (Reg reg = Fixture.empty()) {
      Reg.Result first = reg.run("run", "--rm", "-t", "busybox", "--", "echo", "42");
      assertThat(first.succeeded().out()).isEqualTo("42\n");
      assertThat(first.err()).contains("busybox");
      Reg.Result second = reg.run("run", "--rm", "-t", "busybox", "--", "echo", "42");
      assertThat(second.out()).isEqualTo("42\n");
      assertThat(second.err()).isEmpty();
      assertThat(reg.run("template", "ls").out()).contains("busybox");
      assertThat(reg.run("template", "show", "busybox").out()).contains("name: busybox");
      reg.run("template", "remove", "busybox").succeeded();
      assertThat(reg.run("template", "ls", "-q").out()).isEmpty();
      assertThat(reg.objects()).isEmpty();
    }
  }

  @Test
  void theHostsPackageStateIsNeitherUsedNorChanged() throws IOException {
    var watched = java.nio.file.Path.of("/var/lib/dpkg/status");
    var lists = java.nio.file.Path.of("/var/lib/apt/lists");
    var before = java.nio.file.Files.getLastModifiedTime(watched);
    var listsBefore = java.nio.file.Files.getLastModifiedTime(lists);
    try (Reg reg = Fixture.empty()) {
      reg.run("template", "build", "busybox").succeeded();
    }
    assertThat(java.nio.file.Files.getLastModifiedTime(watched)).isEqualTo(before);
    assertThat(java.nio.file.Files.getLastModifiedTime(lists)).isEqualTo(listsBefore);
  }

  @Test
  void appletsOfTheRecipeAreTheProgramsOwnList() throws IOException {
    Reg reg = Fixture.shared();
    String script =
        "for a in $(busybox --list); do command -v $a > /dev/null || echo missing $a; done";
    assertThat(reg.run("run", "--rm", "-tbusybox", "--", "sh", "-c", script).succeeded().out())
        .isEmpty();
    String reverse =
        "for f in /bin/* /sbin/*; do n=${f##*/}; test $n = busybox || busybox --list | grep -qxF -- \"$n\" || echo extra $n; done";
    assertThat(reg.run("run", "--rm", "-tbusybox", "--", "sh", "-c", reverse).succeeded().out())
        .isEmpty();
  }
}
