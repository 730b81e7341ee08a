package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Under systemd, with version 2 control groups and a kernel that knows less than the newest. */
class VirtualMachineTest {
  /** What there is of them is run there, too: on version 2, and on an older kernel. */
  private static final List<String> TESTS =
      List.of(
          "LimitsTest", "LifecycleTest", "RunTest", "ConfinementTest", "ExecTest", "NeighbourTest");

  @Test
  void theUnitsBringAnEngineUpOnDemandAndContainersOutliveIt() throws IOException {
    Reg reg = Fixture.shared();
    reg.run("run", "--rm", "-tbusybox", "--", "true").succeeded();
    Map<String, String> said = VirtualMachine.run(busybox(reg), Fixture.seed(), TESTS);

    assertThat(said).containsEntry("cgroups", "cgroup2fs");
    assertThat(said).containsEntry("socket-starts", "(0)");
    assertThat(said).containsEntry("nobody-asked", "inactive  (3)");
    assertThat(said.get("build")).contains("tiny@1").endsWith("(0)");
    assertThat(said).containsEntry("run", "42  (0)");
    assertThat(said).containsEntry("somebody-asked", "active  (0)");
    assertThat(said).containsEntry("engine-group", "/system.slice/reg.service");
    assertThat(said.get("container-group"))
        .as("below what Delegate= hands over")
        .matches("/system\\.slice/run-[0-9a-z]+\\.scope/reg-[0-9a-z]+/launcher");

    assertThat(said.get("service-stops")).endsWith("(0)");
    assertThat(said.get("survivor")).startsWith("reg-init");
    assertThat(said).containsEntry("adopted", "7  (0)");
    assertThat(said).containsEntry("unknown", "unknown  (0)");
    assertThat(said).containsEntry("again", "again  (0)");
    assertThat(said.get("removed")).endsWith("(0)");
    assertThat(said.get("held-group"))
        .matches("/sys/fs/cgroup/system\\.slice/run-[0-9a-z]+\\.scope/reg-[0-9a-z]+/c-[0-9a-f]+");
    assertThat(said).containsEntry("held-limits", "33554432 16777216 50000 100000 20 1");
    assertThat(said.get("service-stops-again")).endsWith("(0)");
    assertThat(said.get("held-lives")).contains("\"state\":\"Running\"").endsWith("(0)");
    assertThat(Integer.parseInt(said.get("throttled"))).isPositive();
    assertThat(said).containsEntry("sight", "0::/  (0)");
    assertThat(said.get("forks")).contains("can't fork").doesNotContain("forked");
    assertThat(said.get("eater")).endsWith("(137)");
    assertThat(said).containsEntry("want-of-memory", "\"oomKilled\":true");
    assertThat(said.get("too-many")).contains("--cpus").doesNotContain("ran").endsWith("(125)");
    assertThat(said.get("pool")).contains("\"memory\":2", "\"sparesMost\":8");
    assertThat(said.get("removed-held")).endsWith("(0)");
    assertThat(said).containsEntry("group-gone", "1");
    assertThat(said.get("socket-stops")).endsWith("(0)");
    assertThat(said).containsEntry("left", "0");

    assertThat(said).containsEntry("disk", "ext2/ext3");
    Map<String, String> tests = new TreeMap<>(said);
    tests.keySet().removeIf(name -> !name.startsWith("test "));
    assertThat(tests).hasSizeGreaterThan(TESTS.size());
    assertThat(tests.values()).as("%s", tests).containsOnly("ok");
    assertThat(said).containsEntry("left-by-tests", "0");
  }

  /** The one in a template's tree: static, and no package of the host's. */
  private static Path busybox(Reg reg) throws IOException {
    try (Stream<Path> files = Files.walk(reg.root.resolve("environments"))) {
      return files
          .filter(f -> f.endsWith("usr/bin/busybox"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no busybox in " + reg.root));
    }
  }
}
