package dev.reg.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A machine in software with Debian's kernel, version 2 control groups and systemd, for what the
 * host can't show; {@code boot} among the resources says how it is made. Nothing of it stays.
 */
final class VirtualMachine {
  /** It takes a minute; a busy host's two processors many more. */
  private static final long PATIENCE_SECONDS = 1500;

  /** What {@code boot} exits with when the host lacks something, which it has said. */
  private static final int LACKING = 3;

  private VirtualMachine() {}

  /**
   * Boots it, has it run the script among the resources, and waits for its end.
   *
   * @param busybox a static one
   * @param templates an engine's root, whose templates the tests are to have
   * @param tests classes that run there after the script
   * @return the script's lines {@code vm NAME=VALUE}
   */
  static Map<String, String> run(Path busybox, Path templates, List<String> tests)
      throws IOException {
    Path work = Files.createTempDirectory(Fixture.area(), "machine-");
    Path resources = Files.createDirectory(work.resolve("resources"));
    for (String name : List.of("boot", "init", "vm.service", "vm.target")) {
      copyResource(name, resources.resolve(name));
    }
    Path guest = Files.createDirectory(work.resolve("guest"));
    for (String name : List.of("script", "tiny.yaml")) {
      copyResource(name, guest.resolve(name));
    }
    Files.writeString(guest.resolve("java"), System.getProperty("java.home") + "/bin/java");
    Files.writeString(guest.resolve("classpath"), classPath());
    Files.writeString(guest.resolve("tests"), String.join(" ", tests));
    Process process =
        new ProcessBuilder(
                "sh",
                resources.resolve("boot").toString(),
                work.resolve("machine").toString(),
                Reg.installation().resolveSibling("vm").toString(),
                busybox.toString(),
                guest.toString(),
                Reg.installation().toString(),
                templates.toString())
            .start();
    Reg.Result result = Reg.finish(process, PATIENCE_SECONDS);
    // For who wants to know what took so long.
    Path kept = Files.createDirectories(Reg.installation().resolveSibling("vm"));
    Files.writeString(kept.resolve("console"), result.out());
    assumeTrue(result.code() != LACKING, result.err());
    return said(result);
  }

  /** That of these tests, as the machine has it: the host's /tmp is its /opt/tmp. */
  private static String classPath() {
    String here =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(here.split(":", -1))
        .map(entry -> entry.startsWith("/tmp/") ? "/opt" + entry : entry)
        .collect(Collectors.joining(":"));
  }

  private static Map<String, String> said(Reg.Result result) {
    Map<String, String> said = new LinkedHashMap<>();
    for (String line : result.lines()) {
      int at = line.indexOf("vm ");
      int equals = line.indexOf('=');
      if (at >= 0 && equals > at) {
        said.put(line.substring(at + 3, equals), line.substring(equals + 1).strip());
      }
    }
    if (!said.containsKey("end")) {
      throw new AssertionError(
          "the machine did not reach its end:\n" + result.out() + result.err());
    }
    return said;
  }

  private static void copyResource(String name, Path to) throws IOException {
    try (InputStream in = VirtualMachine.class.getResourceAsStream("/vm/" + name)) {
      Files.copy(Objects.requireNonNull(in, name), to);
    }
  }
}
