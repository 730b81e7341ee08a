package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code reg exec}: another process in a container, confined as the container's own. */
class ExecTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  private static final String NAME = "exec-home";

  @BeforeAll
  static void container() throws IOException {
    reg = Fixture.shared();
    reg.run(
            "run",
            "-d",
            "--name",
            NAME,
            "-tbusybox",
            "-e",
            "A=1",
            "-e",
            "B=2",
            "-w",
            "/srv",
            "--",
            "sleep",
            "100000")
        .succeeded();
  }

  @AfterAll
  static void remove() {
    reg.run("remove", "-f", NAME).succeeded();
  }

  private static Reg.Result exec(String... argv) {
    return reg.run(command(List.of(), argv));
  }

  private static String[] command(List<String> options, String... argv) {
    List<String> all = new ArrayList<>(List.of("exec"));
    all.addAll(options);
    all.add(NAME);
    all.add("--");
    all.addAll(List.of(argv));
    return all.toArray(String[]::new);
  }

  private static Reg.Result with(List<String> options, String... argv) {
    return reg.run(command(options, argv));
  }

  @Test
  void inputOutputAndErrorAreTheCallers() {
    Reg.Result result =
        reg.runWithInput("in", command(List.of(), "sh", "-c", "cat; echo err >&2; exit 3"));
    assertThat(result.out()).isEqualTo("in");
    assertThat(result.err()).isEqualTo("err\n");
    assertThat(result.code()).isEqualTo(3);
    assertThat(reg.run("exec", NAME, "ls", "-d", "/").out()).as("without --").isEqualTo("/\n");
  }

  @ParameterizedTest
  @CsvSource({"exit 0,0", "exit 125,125", "exit 255,255", "kill -9 $$,137", "kill -15 $$,143"})
  void theProgramsEndIsTheCommandsExitCode(String script, int code) {
    assertThat(exec("sh", "-c", script).code()).isEqualTo(code);
  }

  @Test
  void whatCannotBeExecutedIs127Or126() {
    for (List<String> options : List.of(List.<String>of(), List.of("-d"))) {
      Reg.Result missing = with(options, "no-such-program");
      assertThat(missing.code()).isEqualTo(127);
      assertThat(missing.err()).startsWith("reg: exec: ").contains("no-such-program");
      assertThat(missing.err()).hasLineCount(1);
      assertThat(with(options, "/etc").code()).isEqualTo(126);
    }
    Reg.Result nowhere = with(List.of("-w", "/no/such/place"), "true");
    assertThat(nowhere.code()).isEqualTo(126);
    assertThat(nowhere.err()).contains("/no/such/place").hasLineCount(1);
  }

  @Test
  void aContainerThatDoesNotRunIs125() {
    reg.run("generate", "--name", "exec-idle", "-tbusybox", "--", "true").succeeded();
    try {
      Reg.Result result = reg.run("exec", "exec-idle", "--", "true");
      assertThat(result.code()).isEqualTo(125);
      assertThat(result.err())
          .isEqualTo(
              "reg: exec: container exec-idle is not running but Generated; start it first\n");
    } finally {
      reg.run("remove", "exec-idle").succeeded();
    }
    assertThat(reg.run("exec", "no-such-container", "true").err()).contains("no-such-container");
    assertThat(reg.run("exec", NAME).code()).isEqualTo(125);
    assertThat(reg.run("exec", NAME, "--").code()).isEqualTo(125);
  }

  @Test
  void variablesAreTheContainersAndThenItsOwn() throws IOException {
    assertThat(exec("env").lines()).contains("A=1", "B=2", "HOME=/root");
    assertThat(with(List.of("-e", "B=3", "-e", "C=4"), "env").lines())
        .contains("A=1", "B=3", "C=4")
        .doesNotContain("B=2");
    Reg.Result given =
        Reg.finish(
            reg.start(Map.of("FROM_CALLER", "yes"), command(List.of("-e", "FROM_CALLER"), "env")));
    assertThat(given.lines()).contains("FROM_CALLER=yes");
  }

  @Test
  void directoryAndUserAreTheContainersUnlessSaid() {
    assertThat(exec("pwd").out()).isEqualTo("/srv\n");
    assertThat(with(List.of("-w", "/tmp"), "pwd").out()).isEqualTo("/tmp\n");
    assertThat(exec("id", "-u").out()).isEqualTo("0\n");
    Reg.Result other = with(List.of("-u", "www-data"), "sh", "-c", "id -u; id -g; echo $HOME");
    assertThat(other.lines()).containsExactly("33", "33", "/var/www");
    assertThat(with(List.of("-u", "1234:56"), "sh", "-c", "id -u; id -g").lines())
        .containsExactly("1234", "56");
    assertThat(with(List.of("-u", "1234"), "sh", "-c", "echo x > /dev/stdout").out())
        .isEqualTo("x\n");
  }

  @Test
  void detachedItPrintsNothingAndGoesOn() {
    Reg.Result result =
        with(List.of("-d"), "sh", "-c", "cat > /tmp/read; echo lost; touch /tmp/done; sleep 1000");
    assertThat(result.succeeded().out() + result.err()).isEmpty();
    Await.until(() -> exec("test", "-e", "/tmp/done").code() == 0, () -> "nothing happened");
    assertThat(exec("cat", "/tmp/read").out()).isEmpty();
    assertThat(reg.inspect(NAME).get("execs").asInt()).isPositive();
  }

  /** What the kernel says of a process, but for what differs between any two. */
  private static List<String> confinement(int pid) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.matches("(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp.*|Umask|Sig(Blk|Ign)):.*")) {
        lines.add(line);
      }
    }
    for (String name : List.of("limits", "cgroup", "oom_score_adj", "mountinfo")) {
      lines.addAll(Files.readAllLines(Path.of("/proc/" + pid + "/" + name)));
    }
    for (String name : List.of("mnt", "pid", "ipc", "uts", "cgroup", "net", "user", "time")) {
      lines.add(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + name)).toString());
    }
    return lines;
  }

  /**
   * The process of a container that sleeps so long, in the host's view. A program has been executed
   * a moment before /proc has its arguments.
   */
  private static int sleeper(String container, String seconds) {
    int[] found = new int[1];
    Await.until(
        () -> (found[0] = find(container, "sleep " + seconds)) != 0,
        () -> "nothing sleeps " + seconds + " s in " + container);
    return found[0];
  }

  private static int find(String container, String command) {
    String namespace = namespace(reg.pid(container));
    return Processes.commandLines().entrySet().stream()
        .filter(p -> p.getValue().equals(command) && namespace(p.getKey()).equals(namespace))
        .mapToInt(Map.Entry::getKey)
        .findFirst()
        .orElse(0);
  }

  private static String namespace(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString();
    } catch (IOException e) {
      return "that of a process that has ended";
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-u0", "-u1000", "-m64m --pids-limit 20 --ulimit nofile=100:200"})
  void confinementIsThatOfTheContainersOwnProgram(String options) throws IOException {
    String name = "exec-confined";
    List<String> run = new ArrayList<>(List.of("run", "-d", "--name", name, "-tbusybox"));
    run.addAll(List.of(options.split(" ", -1)));
    run.addAll(List.of("--", "sleep", "777777"));
    reg.run(run.toArray(String[]::new)).succeeded();
    try {
      reg.run("exec", "-d", name, "sleep", "888888").succeeded();
      assertThat(confinement(sleeper(name, "888888")))
          .isEqualTo(confinement(sleeper(name, "777777")));
    } finally {
      reg.run("remove", "-f", name).succeeded();
    }
  }

  @Test
  void onlyThreeDescriptorsAreOpen() {
    assertThat(exec("ls", "/proc/self/fd").lines()).containsExactly("0", "1", "2", "3");
  }

  @Test
  void aContainerThatEndsTakesItWithIt() {
    reg.run("run", "-d", "--rm", "--name", "exec-short", "-tbusybox", "--", "sleep", "100000")
        .succeeded();
    List<Process> joined = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      joined.add(reg.start("exec", "exec-short", "--", "sleep", "100000"));
    }
    Await.until(
        () -> reg.inspect("exec-short").get("execs").asInt() == 3, () -> "not all are there");
    reg.run("remove", "-f", "exec-short").succeeded();
    for (Process process : joined) {
      assertThat(Reg.finish(process).code()).isEqualTo(137);
    }
  }

  @Test
  void theContainerGoesOnWhenItEnds() {
    assertThat(exec("sh", "-c", "sleep 1000 >/dev/null 2>&1 & exit 4").code()).isEqualTo(4);
    assertThat(reg.state(NAME)).isEqualTo("Running");
  }

  @Test
  void signalsOfTheClientReachTheProgram() throws IOException {
    Process process =
        reg.start(
            command(
                List.of(),
                "sh",
                "-c",
                "trap 'echo got; exit 9' TERM; echo on; sleep 1000 >/dev/null 2>&1 & wait"));
    assertThat(process.getInputStream().read()).isEqualTo('o');
    Fixture.execute("kill", "-TERM", Long.toString(process.pid()));
    Reg.Result result = Reg.finish(process);
    assertThat(result.code()).isEqualTo(9);
    assertThat(result.out()).endsWith("got\n");
  }

  @Test
  void fiftyAtOnce() {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(reg.start(command(List.of(), "sh", "-c", "echo " + i + "; exit " + i)));
    }
    for (int i = 0; i < 50; i++) {
      Reg.Result result = Reg.finish(all.get(i));
      assertThat(result.err()).isEmpty();
      assertThat(result.out()).isEqualTo(i + "\n");
      assertThat(result.code()).isEqualTo(i);
    }
  }

  @Test
  void withoutAnInitTheProgramIsJoinedAsWell() {
    reg.run(
            "run",
            "-d",
            "--no-init",
            "--name",
            "exec-plain",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "while :; do sleep 1; done")
        .succeeded();
    try {
      Reg.Result result = reg.run("exec", "exec-plain", "cat", "/proc/1/comm");
      assertThat(result.succeeded().out()).isEqualTo("sh\n");
    } finally {
      reg.run("remove", "-f", "exec-plain").succeeded();
    }
  }
}
