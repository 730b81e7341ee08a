package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is beyond a build's bounds ends it, with the reason, and leaves nothing. */
class BuilderBoundsTest {
  private static final String RECIPE =
      """
      version: {package: busybox-static}
      packages: [busybox-static]
      include: {bins: [/usr/bin/busybox]}
      """;

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg =
        Fixture.withRecipes(
            Map.of(
                "one",
                RECIPE,
                "fills",
                post("i=0; while :; do busybox truncate -s 3G /tmp/$i; i=$((i+1)); done"),
                "large",
                post("busybox mkdir /out; busybox truncate -s 10240G /out/a; exit $?"),
                "links",
                post("busybox mkdir /out; busybox ln -s /etc/passwd /out/a"),
                "forks",
                post("i=0; while [ $i -lt 600 ]; do busybox sleep 60 & i=$((i+1)); done"),
                "waits",
                post("busybox sleep 7654321")));
  }

  private static String post(String script) {
    return RECIPE + "post:\n  command: [busybox, sh, -c, '" + script + "']\n  output: /out\n";
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  /** A builder that waits, in the group of its build. */
  private interface Held {
    void use(Process build, int builder, Path group) throws Exception;
  }

  /** By apt's lock: the builder is there before its packages are fetched. */
  private static Process whileABuilderWaits(Held held) throws Exception {
    Files.createDirectories(reg.root.resolve("cache/apt"));
    try (Fd apt =
        Descriptors.open(reg.root.resolve("cache/apt/lock"), Open.O_RDWR | Open.O_CREAT, 0600)) {
      assertThat(Descriptors.tryLock(apt)).isTrue();
      Process build = reg.start("template", "build", "one");
      Await.until(
          () -> Processes.builders(reg.root, "--from").size() == 1, () -> "no builder came");
      int builder = Integer.parseInt(Processes.builders(reg.root, "--from").getFirst());
      held.use(build, builder, Groups.of(builder, "memory"));
      return build;
    }
  }

  private static void nothingIsLeft() {
    assertThat(Processes.builders(reg.root, "--from")).isEmpty();
    assertThat(Processes.builders(reg.root, "--fetch")).isEmpty();
    assertThat(reg.root.resolve("building").toFile().list()).isEmpty();
    assertThat(reg.root.resolve("containers").toFile().list()).isEmpty();
  }

  @Test
  void aBuilderBeyondItsMemoryIsEndedAndThatIsSaid() throws Exception {
    Path[] used = new Path[1];
    Process build =
        whileABuilderWaits(
            (started, builder, group) -> {
              used[0] = group;
              // Less than what fetches the packages will need.
              Await.until(() -> lowered(group), () -> group + " takes no other limit");
            });
    Reg.Result failed = Reg.finish(build);
    assertThat(failed.code()).isEqualTo(125);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err().lines().toList().getLast())
        .startsWith("reg: cannot build ")
        .contains(": the builder was ended for want of memory (all of its processes may have ");
    nothingIsLeft();
    assertThat(used[0]).doesNotExist();
    assertThat(Groups.ofBuilders(used[0])).isEmpty();
    assertThat(reg.run("template", "build", "one").succeeded().out()).startsWith("one@");
  }

  /** To a little more than is used: what grows meanwhile is another attempt's. */
  private static boolean lowered(Path group) {
    try {
      long used =
          Long.parseLong(Groups.read(group, "memory.usage_in_bytes", "memory.current")) + (4 << 20);
      Path first = group.resolve("memory.limit_in_bytes");
      Files.writeString(Files.exists(first) ? first : group.resolve("memory.max"), "" + used);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void anEngineThatStopsDuringABuildLeavesNoGroup() throws Exception {
    Process build =
        whileABuilderWaits(
            (started, builder, group) -> {
              reg.run("engine", "stop").succeeded();
              assertThat(Processes.alive(builder)).isFalse();
              assertThat(group).doesNotExist();
              Path base = group.getParent();
              Await.until(() -> !Files.exists(base), () -> base + " stays");
            });
    assertThat(Reg.finish(build).code()).isNotZero();
  }

  private static void refused(String recipe, String... said) {
    Reg.Result failed = reg.run("template", "build", recipe);
    assertThat(failed.code()).isEqualTo(125);
    assertThat(failed.err().lines().toList().getLast())
        .startsWith("reg: cannot finish " + recipe + "@")
        .contains(said);
    nothingIsLeft();
    assertThat(reg.run("template", "show", recipe).code()).isNotZero();
  }

  @Test
  void aPostStepThatFillsTheDiskIsEnded() {
    refused("fills", " failed: it wrote more than 4294967296 bytes");
  }

  /** SIGXFSZ is 25 in signal(7). */
  @Test
  void aPostStepMakesNoFileOfTenTerabytes() {
    refused("large", " failed: it ended with exit code 153");
  }

  @Test
  void aLinkThatAPostStepLeftIsNotFollowed() {
    refused("links", "it left what is neither file nor directory: /a");
  }

  @Test
  void aPostStepThatForksWithoutEndRunsOutOfProcesses() {
    refused("forks", " failed: it ended with exit code ", "can't fork");
  }

  @Test
  void aPostStepIsHeldToMemoryAndProcesses() throws Exception {
    Process build = reg.start("template", "build", "waits");
    Await.until(() -> sleeper() != 0, () -> "no step came");
    int pid = sleeper();
    boolean memory = Files.getFileStore(reg.root).type().equals("tmpfs");
    assertThat(Groups.read(Groups.of(pid, "memory"), "memory.limit_in_bytes", "memory.max"))
        .isEqualTo(memory ? "6442450944" : "2147483648");
    assertThat(Groups.of(pid, "pids").resolve("pids.max")).hasContent("512");
    assertThat(new ProcessBuilder("kill", "-9", "" + pid).start().waitFor()).isZero();
    Reg.Result failed = Reg.finish(build);
    assertThat(failed.code()).isEqualTo(125);
    assertThat(failed.err()).contains("it ended with exit code 137").doesNotContain("memory");
    nothingIsLeft();
  }

  /** The pid of what only the recipe {@code waits} runs; 0 for none. */
  private static int sleeper() {
    return Processes.commandLines().entrySet().stream()
        .filter(each -> each.getValue().equals("busybox sleep 7654321"))
        .mapToInt(Map.Entry::getKey)
        .findFirst()
        .orElse(0);
  }
}
