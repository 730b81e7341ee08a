package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

/** What nobody needs goes, and nothing else. */
class PruneTest {
  /** Of a project whose copy takes a while. */
  private static final int FILES = 500;

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @BeforeEach
  void engine() throws IOException {
    reg = Fixture.own();
  }

  @AfterEach
  void close() {
    reg.close();
  }

  private List<String> environments() throws IOException {
    try (var found = Files.list(reg.root.resolve("environments"))) {
      return found.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  private long objects() throws IOException {
    try (var found = Files.walk(reg.root.resolve("objects"))) {
      return found.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void stoppedContainersAndEnvironmentsThatNobodyHoldsGo() throws IOException {
    reg.run(
            "run",
            "--name",
            "old",
            "-tpython",
            "--",
            "python3",
            "-c",
            "open('/f', 'w').write('x' * 500000)")
        .succeeded();
    reg.run("run", "-d", "--name", "busy", "-tbusybox", "--", "sleep", "1000").succeeded();
    reg.run("generate", "--name", "fresh", "-tbusybox").succeeded();
    assertThat(environments()).hasSize(2);
    long before = objects();

    Reg.Result dry = reg.run("prune", "--dry-run").succeeded();
    assertThat(dry.lines().getFirst()).startsWith("KIND");
    assertThat(dry.out())
        .containsPattern("container +old ")
        .containsPattern("container +fresh ")
        .contains("environment ", "Would reclaim");
    assertThat(reg.run("ps", "-a").out()).contains("old");
    assertThat(environments()).hasSize(2);

    Reg.Result result = reg.run("prune").succeeded();
    assertThat(result.lines().getLast()).startsWith("Total reclaimed space: ");
    assertThat(ageless(result.out()).replace("Total reclaimed space:", "Would reclaim"))
        .as("as foretold")
        .isEqualToNormalizingWhitespace(ageless(dry.out()));
    assertThat(reg.run("ps", "-a").out()).doesNotContain("old", "fresh").contains("busy");
    assertThat(environments()).hasSize(1);
    assertThat(objects()).as("templates keep their objects").isEqualTo(before);
    assertThat(reg.run("prune", "-f").succeeded().out()).isEqualTo("Total reclaimed space: 0 B\n");

    reg.run("remove", "-f", "busy").succeeded();
    assertThat(reg.run("run", "--rm", "-tpython", "--", "python3", "-c", "print(6*7)").out())
        .isEqualTo("42\n");
  }

  /** Each age is one of its own, and all go on between two commands. */
  private static String ageless(String text) {
    return text.replaceAll("\\d+ seconds? ago", "AGE");
  }

  @Test
  void templatesGoOnlyWhenAskedForAndUnused() throws IOException {
    reg.run("run", "-d", "--name", "busy", "-tbusybox", "--", "sleep", "1000").succeeded();
    reg.run("run", "--rm", "-tpython", "--", "python3", "-c", "").succeeded();
    reg.run("prune", "--objects", "--environments").succeeded();
    assertThat(reg.run("template", "ls", "-q").out()).contains("busybox@", "python@");

    Reg.Result result = reg.run("prune", "--templates", "--format", "json").succeeded();
    assertThat(result.out()).contains("\"kind\":\"template\",\"name\":\"python@");
    long bytes =
        result.lines().stream()
            .mapToLong(line -> new ObjectMapper().readTree(line).get("bytes").asLong())
            .sum();
    assertThat(bytes).as("python's files").isGreaterThan(30_000_000);
    assertThat(reg.run("template", "ls", "-q").lines())
        .hasSize(1)
        .allMatch(t -> t.startsWith("busybox@"));
    assertThat(objects()).as("busybox and what tells scanners of its package").isEqualTo(2);
    assertThat(environments()).hasSize(1);
    reg.run("remove", "-f", "busy").succeeded();
  }

  @Test
  void ageAndSizeBoundWhatGoes() throws IOException {
    for (String name : List.of("first", "second", "third")) {
      String write = "dd if=/dev/zero of=/f bs=1000 count=1000 2>/dev/null";
      reg.run("run", "--name", name, "-tbusybox", "--", "sh", "-c", write).succeeded();
    }
    assertThat(reg.run("prune", "--older-than", "1h").succeeded().out())
        .isEqualTo("Total reclaimed space: 0 B\n");
    assertThat(reg.run("prune", "--containers", "--older-than", "0s", "--dry-run").out())
        .contains("first", "second", "third");

    // Of three containers of a megabyte two must go.
    Reg.Result result =
        reg.run("prune", "--containers", "--keep-size", stored() - 1_500_000 + "b").succeeded();
    assertThat(result.out()).contains("first", "second").doesNotContain("third");
    assertThat(reg.run("prune", "--containers", "--keep-size", "1t").out())
        .isEqualTo("Total reclaimed space: 0 B\n");
    assertThat(reg.run("prune", "--older-than", "soon").code()).isEqualTo(125);
  }

  /** Bytes of blocks, as du(1) counts them: a file with several names once. */
  private long stored() throws IOException {
    Process du =
        new ProcessBuilder("du", "-scB1", "objects", "environments", "containers")
            .directory(reg.root.toFile())
            .start();
    String total = Reg.finish(du).succeeded().lines().getLast();
    return Long.parseLong(total.substring(0, total.indexOf('\t')));
  }

  @Test
  void whatAnotherIsJustMakingStays() throws Exception {
    for (int i = 0; i < FILES; i++) {
      Files.writeString(reg.project().resolve("file" + i), "text");
    }
    List<Process> pruning = new ArrayList<>();
    for (int round = 0; round < 15; round++) {
      // Their environment is nobody's when each of these begins.
      pruning.add(reg.start("prune", "-f"));
      Process one = reg.start("run", "--rm", "-tbusybox", "--", "echo", "one");
      Process two = reg.start("run", "--rm", "-tpython", "--", "python3", "-c", "print('two')");
      pruning.add(reg.start("prune", "-f", "--environments"));
      // Generated and not yet started while its project is copied.
      Process copy = reg.start("run", "--rm", "--project-mode", "copy", "-tbusybox", "--", "ls");
      pruning.add(reg.start("prune", "-f", "--containers"));
      assertThat(Reg.finish(one).succeeded().out()).isEqualTo("one\n");
      assertThat(Reg.finish(two).succeeded().out()).isEqualTo("two\n");
      assertThat(Reg.finish(copy).succeeded().lines()).hasSize(FILES);
    }
    for (Process process : pruning) {
      Reg.finish(process).succeeded();
    }
    assertThat(reg.run("ps", "-aq").out()).isEmpty();
    reg.run("generate", "--name", "kept", "-tpython").succeeded();
    reg.run("start", "kept").succeeded();
    assertThat(reg.run("wait", "kept").succeeded().out()).isEqualTo("0\n");
    assertThat(reg.run("inspect", "--verify", "kept").code()).isZero();
  }

  @Test
  void downloadsGoWhenAskedForAndWhenNoBuildUsesThem() throws IOException {
    reg.run("ps").succeeded();
    Path cache = reg.root.resolve("cache/apt");
    Path archives = Files.createDirectories(cache.resolve("cache/archives/partial"));
    Files.write(archives.resolve("some.deb"), new byte[3_000_000]);
    assertThat(reg.run("prune").succeeded().out()).isEqualTo("Total reclaimed space: 0 B\n");
    assertThat(reg.run("prune", "--all", "--dry-run", "--containers").succeeded().out())
        .containsPattern("cache +apt .* 3.0 MB")
        .containsPattern("template +python@");

    Path lock = cache.resolve("lock");
    try (Fd build = Descriptors.open(lock, Open.O_RDWR | Open.O_CREAT, 0600)) {
      assertThat(Descriptors.tryLock(build)).isTrue();
      assertThat(reg.run("prune", "--cache").succeeded().out())
          .isEqualTo("Total reclaimed space: 0 B\n");
      assertThat(archives.resolve("some.deb")).exists();
    }
    assertThat(reg.run("prune", "--cache").succeeded().out()).contains("3.0 MB");
    assertThat(cache.toFile().list()).containsExactly("lock");
    assertThat(reg.run("prune", "--cache").out()).isEqualTo("Total reclaimed space: 0 B\n");
    assertThat(reg.run("template", "ls", "-q").out()).contains("python@");
  }

  @Test
  void aTerminalIsAsked() throws IOException {
    reg.run("run", "--name", "old", "-tbusybox", "--", "true").succeeded();
    Path client = Reg.installation().resolve("bin/reg");
    String command = "REG_ROOT=" + reg.root + " " + client + " prune";
    Process no = new ProcessBuilder("script", "-qec", command, "/dev/null").start();
    try (var keys = no.getOutputStream()) {
      keys.write("n\n".getBytes(StandardCharsets.US_ASCII));
      keys.flush();
      Reg.Result result = Reg.finish(no);
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.out()).contains("[y/N]", "nothing was removed");
    }
    assertThat(reg.run("ps", "-aq").lines()).hasSize(1);
    Process yes = new ProcessBuilder("script", "-qec", command, "/dev/null").start();
    try (var keys = yes.getOutputStream()) {
      keys.write("y\n".getBytes(StandardCharsets.US_ASCII));
      keys.flush();
      assertThat(Reg.finish(yes).succeeded().out()).contains("old", "reclaimed");
    }
    assertThat(reg.run("ps", "-aq").out()).isEmpty();
  }
}
