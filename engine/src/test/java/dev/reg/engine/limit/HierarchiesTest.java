package dev.reg.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HierarchiesTest {
  @Test
  void aHybridHasBoth() {
    Hierarchies found =
        Hierarchies.of(
            List.of(
                "22 1 8:1 / / rw - ext4 /dev/sda rw",
                "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
                "34 31 0:31 / /sys/fs/cgroup/a\\040b rw shared:7 - cgroup cgroup rw,memory",
                "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
                "broken line"));
    assertThat(found.first())
        .isEqualTo(
            Map.of(
                Controller.CPU, Path.of("/sys/fs/cgroup/cpu,cpuacct"),
                Controller.MEMORY, Path.of("/sys/fs/cgroup/a b")));
    assertThat(found.second()).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void aPartOfAHierarchyHasARoot() {
    Hierarchies found =
        Hierarchies.of(List.of("41 31 0:38 /docker/a /sys/fs/cgroup rw - cgroup2 cgroup2 rw"));
    assertThat(found.secondRoot()).isEqualTo(Path.of("/docker/a"));
    assertThat(found.first()).isEmpty();
  }
}
