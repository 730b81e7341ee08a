package dev.reg.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  @Test
  void pidfdSignalsAndTellsTheEnd() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    int pid = (int) sleep.pid();
    try (Fd pidfd = Processes.pidfd(pid)) {
      assertThat(Processes.hasEnded(pidfd)).isFalse();
      assertThat(Processes.exitCode(pidfd, pid)).isEqualTo(OptionalInt.empty());
      assertThat(Processes.startTime(pid)).isPositive();
      assertThat(Processes.inPidNamespaceOf(pid)).contains(pid, Processes.self());
      Processes.signal(pidfd, 15);
      assertThat(Processes.awaitEnd(pidfd, 10_000)).isTrue();
      sleep.waitFor();
      OptionalInt code = Processes.exitCode(pidfd, pid);
      if (code.isPresent()) { // 6.15 and later
        assertThat(code).hasValue(143);
      }
      assertThatThrownBy(() -> Processes.signal(pidfd, 0))
          .asInstanceOf(type(SyscallException.class))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void startTimeSurvivesAStrangeName() throws Exception {
    Path odd = Files.createTempDirectory("reg").resolve("a) R 1 (b");
    Files.copy(Path.of("/bin/sleep"), odd);
    Process sleep = new ProcessBuilder(odd.toString(), "60").start();
    try {
      int pid = (int) sleep.pid();
      assertThat(Processes.startTime(pid))
          .isGreaterThanOrEqualTo(Processes.startTime(Processes.self()));
    } finally {
      sleep.destroyForcibly().waitFor();
      Files.delete(odd);
      Files.delete(odd.getParent());
    }
  }

  @Test
  void mappingsNameInodes() throws Exception {
    Path libc =
        Processes.mappings(Processes.self()).stream()
            .map(m -> Path.of(m.path()))
            .filter(p -> p.endsWith("libc.so.6"))
            .findFirst()
            .orElseThrow();
    FileStatus status = Descriptors.status(libc.toRealPath());
    assertThat(Processes.mappings(Processes.self()))
        .doesNotHaveDuplicates()
        .contains(new Mapping(status.device(), status.inode(), libc.toString()));
  }

  @Test
  void bootIdIsAUuid() throws Exception {
    assertThat(Processes.bootId()).matches("[0-9a-f-]{36}");
  }
}
