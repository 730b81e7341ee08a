package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SubprocessTest {
  private static final Map<String, String> PATH = Map.of("PATH", "/usr/bin:/bin", "X", "y");

  @Test
  void givesOutputErrorsAndExitCode() throws Exception {
    Subprocess.Result result =
        Subprocess.run(
            List.of("sh", "-c", "echo out; echo err >&2; env; exit 3"),
            PATH,
            Duration.ofMinutes(1));

    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.err()).isEqualTo("err\n");
    assertThat(result.out()).startsWith("out\n").contains("X=y").doesNotContain("HOME=");
  }

  @Test
  void endsWhatTakesTooLong() {
    assertThatThrownBy(() -> Subprocess.run(List.of("sleep", "600"), PATH, Duration.ofMillis(200)))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessageContaining("cannot run sleep");
  }

  @Test
  void endsWithTheThreadThatStartedIt() throws Exception {
    StringBuilder pid = new StringBuilder();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Process process =
                        new ProcessBuilder("setpriv", "--pdeathsig", "KILL", "--", "sleep", "600")
                            .start();
                    pid.append(process.pid());
                    // Until setpriv has become sleep, the kernel has not been told yet.
                    while (!process.info().command().orElse("").endsWith("sleep")) {
                      Thread.sleep(5);
                    }
                  } catch (java.io.IOException | InterruptedException e) {
                    throw new AssertionError(e);
                  }
                });
    thread.join();

    ProcessHandle.of(Long.parseLong(pid.toString())).ifPresent(p -> p.onExit().join());

    assertThat(ProcessHandle.of(Long.parseLong(pid.toString())).filter(ProcessHandle::isAlive))
        .isEmpty();
  }

  @Test
  void namesAProgramThatIsMissing() throws Exception {
    Subprocess.Result result =
        Subprocess.run(List.of("no-such-program"), PATH, Duration.ofMinutes(1));

    assertThat(result.exit()).isEqualTo(127);
    assertThat(result.err()).contains("no-such-program");
  }
}
