package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions at a real pseudo-terminal, as a person has them. */
class TerminalTest {
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final String CTRL_Z = "\u001a";
  private static final String ARROW_UP = "\u001b[A";
  private static final String PROMPT = ">>> ";

  @SuppressWarnings("NullAway.Init")
  private Reg reg;

  @SuppressWarnings("NullAway.Init")
  private PseudoTerminal terminal;

  @SuppressWarnings("NullAway.Init")
  private String before;

  @BeforeEach
  void open() throws IOException {
    reg = Fixture.shared();
    terminal = new PseudoTerminal(33, 99);
    before = terminal.settings();
  }

  @AfterEach
  void close() {
    terminal.close();
  }

  private Process start(Reg engine, String... arguments) {
    List<String> words = new ArrayList<>(List.of(client()));
    words.addAll(Arrays.asList(arguments));
    return terminal.start(
        engine.project(), Map.of("REG_ROOT", engine.root.toString()), words.toArray(String[]::new));
  }

  private Process run(String... arguments) {
    List<String> words = new ArrayList<>(List.of("run", "--rm"));
    words.addAll(Arrays.asList(arguments));
    return start(reg, words.toArray(String[]::new));
  }

  private static String client() {
    return Reg.installation().resolve("bin/reg").toString();
  }

  /** Its exit code; the terminal is then as it was. */
  private int end(Process process) {
    int code = awaitEnd(process);
    assertThat(terminal.settings()).isEqualTo(before);
    return code;
  }

  private int awaitEnd(Process process) {
    Await.until(() -> !process.isAlive(), () -> "it goes on, after: " + terminal.news());
    return process.exitValue();
  }

  @Test
  void aContainerThatIsStartedAgainGetsOne() {
    reg.run(
            "generate",
            "--name",
            "again",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "tty; echo $TERM; read x; exit $x")
        .succeeded();
    try {
      for (int round = 0; round < 2; round++) {
        Process again = start(reg, "start", "-ai", "again");
        terminal.await("/dev/pts/0\r\n");
        terminal.type("4\n");
        assertThat(end(again)).isEqualTo(4);
      }
    } finally {
      reg.run("remove", "-f", "again").succeeded();
    }
  }

  @Test
  void aPythonSession() {
    Process python = run("-tpython", "--", "python3", "-q");
    terminal.await(PROMPT);
    terminal.type("6*7\r");
    terminal.await("\r\n42\r\n" + PROMPT);
    terminal.type(ARROW_UP + "\r");
    terminal.await("\r\n42\r\n" + PROMPT);
    terminal.type("import os, sys; [os.isatty(n) for n in range(3)], os.environ['TERM']\r");
    terminal.await("([True, True, True], 'xterm-256color')\r\n" + PROMPT);
    terminal.type("tuple(os.get_terminal_size())\r");
    terminal.await("(99, 33)\r\n" + PROMPT);
    terminal.resize(50, 132);
    terminal.type("import time\r");
    terminal.await(PROMPT);
    terminal.type("print('re' + 'ady'); time.sleep(600)\r");
    terminal.await("ready");
    terminal.type(CTRL_C);
    terminal.await("KeyboardInterrupt\r\n" + PROMPT);
    terminal.type("tuple(os.get_terminal_size())\r");
    terminal.await("(132, 50)\r\n" + PROMPT);
    terminal.type(CTRL_D);
    assertThat(end(python)).isZero();
  }

  @Test
  void aResizeIsASignal() {
    Process script =
        run(
            "-tpython",
            "--",
            "python3",
            "-c",
            """
            import signal, os
            signal.signal(signal.SIGWINCH, lambda *a: print(os.get_terminal_size()))
            print('waits')
            signal.pause()
            """);
    terminal.await("waits");
    terminal.resize(11, 22);
    terminal.await("columns=22, lines=11");
    assertThat(end(script)).isZero();
  }

  @Test
  void theProgramsCodeIsTheClients() {
    assertThat(end(run("-tbusybox", "--", "sh", "-c", "exit 42"))).isEqualTo(42);
    Process interrupted = run("-tbusybox", "--", "sh", "-c", "echo waits; sleep 600");
    terminal.await("waits");
    terminal.type(CTRL_C);
    assertThat(end(interrupted)).isEqualTo(130);
  }

  @Test
  void theTerminalIsTheContainersOwnAndItsUsers() {
    String look = "tty; stat -c '%u %g %a' $(tty); echo aside >/dev/tty; ls /dev/pts";
    Process own = run("-u", "1000", "-tbusybox", "--", "sh", "-c", look);
    terminal.await("/dev/pts/0\r\n1000 5 620\r\naside\r\n0");
    assertThat(end(own)).isZero();
    Process first = run("--no-init", "-tbusybox", "--", "sh", "-c", "echo $$; " + look);
    terminal.await("1\r\n/dev/pts/0\r\n0 5 620\r\naside\r\n0");
    assertThat(end(first)).isZero();
  }

  @Test
  void anExecHasATerminalToo() {
    reg.run("run", "-d", "--name", "exec-at-a-terminal", "-tbusybox", "--", "sleep", "600")
        .succeeded();
    Process sh = start(reg, "exec", "-e", "PS1=inner$ ", "exec-at-a-terminal", "--", "sh");
    terminal.await("inner$ ");
    terminal.type("tty; stty size; echo $TERM\r");
    terminal.await("/dev/pts/0\r\n33 99\r\nxterm-256color\r\n");
    typeAndAwaitRunning("sleep 601");
    terminal.type(CTRL_C);
    terminal.await("inner$ ");
    terminal.type("exit 7\r");
    assertThat(end(sh)).isEqualTo(7);
    reg.run("remove", "-f", "exec-at-a-terminal").succeeded();
  }

  @Test
  void anErrorStreamThatLeadsElsewhereStaysTheCallers() throws IOException {
    Path file = Fixture.project().resolve("errors");
    Process script =
        terminal.start(
            reg.project(),
            Map.of("REG_ROOT", reg.root.toString()),
            "sh",
            "-c",
            "exec \"$0\" run --rm -tbusybox -- sh -c "
                + "'test -t 0 && test -t 1 && echo both; test -t 2 || echo aside >&2' 2>\"$1\"",
            client(),
            file.toString());
    terminal.await("both\r\n");
    assertThat(end(script)).isZero();
    assertThat(file).hasContent("aside\n");
  }

  @Test
  void byHandWithAndWithout() {
    String look = "tty; ls /dev/pts";
    Process without = run("--no-tty", "-tbusybox", "--", "sh", "-c", look + "; echo end");
    assertThat(terminal.await("end")).contains("ptmx").doesNotContain("/dev/pts/0", "\n0 ");
    assertThat(end(without)).isZero();
    Reg.Result with =
        reg.runWithInput(
            "one\ntwo",
            "run",
            "--rm",
            "--tty",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "stty -echo; tty; test -t 2 && echo error too >&2; cat; echo; echo end");
    assertThat(with.succeeded().out())
        .contains("/dev/pts/0\r\nerror too\r\n", "one\r\ntwo\r\nend\r\n");
    assertThat(with.err()).isEmpty();
  }

  @Test
  void filesAsInputAndOutputOfATerminalByHand() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("in"), "one\ntwo\n");
    ProcessBuilder client =
        new ProcessBuilder(
            client(),
            "--root",
            reg.root.toString(),
            "run",
            "--rm",
            "--tty",
            "-tbusybox",
            "--",
            "sh",
            "-c",
            "stty -echo; read line; echo got $line; cat");
    client
        .directory(project.toFile())
        .redirectInput(project.resolve("in").toFile())
        .redirectOutput(project.resolve("out").toFile());
    assertThat(Reg.finish(client.start()).succeeded().err()).isEmpty();
    assertThat(project.resolve("out")).content().contains("got one\r\n", "two\r\n");
  }

  @Test
  void contradictionsAreSaid() {
    Reg.Result detached = reg.run("run", "--tty", "-d", "-tbusybox", "--", "true");
    assertThat(detached.code()).isEqualTo(125);
    assertThat(detached.err())
        .isEqualTo("reg: run: --tty contradicts --detach: nobody would be at the terminal\n");
    Reg.Result both = reg.run("run", "--tty", "--no-tty", "-tbusybox", "--", "true");
    assertThat(both.code()).isEqualTo(125);
    assertThat(both.err()).isEqualTo("reg: run: --tty contradicts --no-tty\n");
  }

  private Process shell() {
    Process shell =
        terminal.start(
            reg.project(),
            Map.of("REG_ROOT", reg.root.toString(), "PS1", "outer$ ", "REG", client()),
            "bash",
            "--norc",
            "--noprofile",
            "--noediting",
            "-i");
    terminal.await("outer$ ");
    return shell;
  }

  @Test
  void theClientIsAJobOfItsShell() {
    Process shell = shell();
    terminal.type("$REG run --rm -tpython -- python3 -q\r");
    terminal.await(PROMPT);
    terminal.type(CTRL_Z);
    terminal.await("Stopped");
    terminal.await("outer$ ");
    assertThat(terminal.settings()).isEqualTo(before);
    terminal.type("echo here $((20 + 3))\r");
    terminal.await("here 23\r\n");
    terminal.type("fg\r");
    terminal.await("python3 -q");
    terminal.type("6*7\r");
    terminal.await("42\r\n" + PROMPT);
    terminal.type(CTRL_D);
    terminal.await("outer$ ");
    assertThat(terminal.settings()).isEqualTo(before);
    terminal.type("exit 5\r");
    assertThat(end(shell)).isEqualTo(5);
  }

  @Test
  void aClientInTheBackgroundLeavesTheShellItsTerminal() {
    Process shell = shell();
    terminal.type("$REG run --rm -tbusybox -- sh -c 'echo be$((1))gun; read x; echo $x$x' &\r");
    terminal.await("be1gun");
    terminal.type("echo here $((20 + 3))\r");
    terminal.await("here 23\r\n");
    assertThat(terminal.settings()).isEqualTo(before);
    terminal.type("fg\r");
    terminal.await("REG run");
    Await.until(() -> !terminal.settings().equals(before), () -> "it is not in the foreground");
    terminal.type("ab\r");
    terminal.await("abab");
    terminal.await("outer$ ");
    terminal.type("exit\r");
    assertThat(end(shell)).isZero();
  }

  @Test
  void aShellInTheContainerControlsItsJobs() {
    Process sh = run("-e", "PS1=inner$ ", "-tbusybox", "--", "sh");
    terminal.await("inner$ ");
    typeAndAwaitRunning("sleep 602");
    terminal.type(CTRL_Z);
    terminal.await("Stopped");
    terminal.await("inner$ ");
    terminal.type("fg\r");
    terminal.await("fg\r\nsleep 602");
    terminal.type(CTRL_C);
    terminal.await("inner$ ");
    terminal.type("exit 3\r");
    assertThat(end(sh)).isEqualTo(3);
  }

  /** A shell makes its job the foreground's before it executes the program. */
  private void typeAndAwaitRunning(String command) {
    terminal.type(command + "\r");
    terminal.await(command);
    Await.until(
        () -> Processes.commandLines().containsValue(command), () -> command + " does not run");
  }

  @Test
  void aKilledClientLeavesTheTerminalAndHangsTheProgramUp() {
    Process client =
        run("--name", "hung-up", "-tbusybox", "--", "sh", "-c", "echo waits; sleep 600");
    terminal.await("waits");
    Await.until(() -> !terminal.settings().equals(before), () -> "the terminal is not raw");
    client.destroyForcibly();
    assertThat(awaitEnd(client)).isEqualTo(137);
    Await.until(() -> terminal.settings().equals(before), () -> "nobody restores the terminal");
    Await.until(
        () -> !reg.run("ps", "-a").succeeded().out().contains("hung-up"), () -> "it goes on");
  }

  @Test
  void aSessionGoesOnWhenItsEngineIsKilled() throws IOException {
    try (Reg own = Fixture.own()) {
      own.run("info").succeeded();
      Process sh = start(own, "run", "--rm", "-e", "PS1=inner$ ", "-tbusybox", "--", "sh");
      terminal.await("inner$ ");
      int engine = own.enginePid();
      Fixture.execute("kill", "-9", Integer.toString(engine));
      terminal.type("echo still $((20 + 3))\r");
      terminal.await("still 23\r\n");
      terminal.resize(12, 34);
      terminal.type("stty size; echo\r");
      terminal.await("12 34\r\n");
      Await.until(() -> own.enginePid() != engine, () -> "no engine comes back");
      terminal.type("exit 6\r");
      assertThat(end(sh)).isEqualTo(6);
    }
  }

  @Test
  void aFailingStartTouchesNothing() {
    assertThat(end(run("-tbusybox", "--", "no-such-program"))).isEqualTo(127);
    terminal.await("no-such-program\" not found");
    assertThat(end(run("-tbusybox", "--no-such-option"))).isEqualTo(125);
    assertThat(end(run("-tbusybox", "-w", "/dev/null/x", "--", "true"))).isEqualTo(125);
  }

  @Test
  void muchOutputArrivesWhole() {
    int last = 1_500_000; // 10.9 MB
    Process seq = run("-tbusybox", "--", "seq", "1", Integer.toString(last));
    assertThat(end(seq)).isZero();
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= last; i++) {
      expected.append(i).append("\r\n");
    }
    byte[] bytes = expected.toString().getBytes(StandardCharsets.UTF_8);
    Await.until(() -> terminal.all().length >= bytes.length, () -> "output is missing");
    assertThat(Arrays.equals(terminal.all(), bytes)).isTrue();
  }

  @Test
  void muchInputArrivesWhole() {
    Process wc = run("-tbusybox", "--", "sh", "-c", "stty -echo; echo ready; wc");
    terminal.await("ready");
    String line = "0123456789".repeat(99) + "\r";
    for (int i = 0; i < 1000; i++) {
      terminal.type(line);
    }
    terminal.type(CTRL_D);
    assertThat(terminal.await("991000")).contains("1000", "991000");
    assertThat(end(wc)).isZero();
  }
}
