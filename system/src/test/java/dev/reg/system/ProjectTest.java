package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The project is the image: reg.yaml, reg.lock, and what goes with them. */
class ProjectTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg engine;

  @SuppressWarnings("NullAway.Init")
  private static Users users;

  private Path project = Path.of("");
  private Reg reg = engine;

  @BeforeAll
  static void engine() throws IOException {
    engine = Fixture.own();
    users = Users.of(engine, 4263);
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @BeforeEach
  void project() throws IOException {
    project = Fixture.project();
    reg = engine.in(project);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(project.resolve(name), text);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(project)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** A template of nothing but a variable, so that its content can change at will. */
  private void template(String name, String version, String value) throws IOException {
    Path file = Fixture.project().resolve("t.yaml");
    Files.writeString(
        file, "name: %s\nversion: %s\nenvironment: {T: %s}\n".formatted(name, version, value));
    reg.run("template", "build", file.toString()).succeeded();
  }

  @Test
  void aProjectRunsWithoutArguments() throws IOException {
    write("app.py", "import os\nprint(os.environ['PORT'], os.getcwd(), open('/data/f').read())\n");
    Files.createDirectory(project.resolve("data"));
    write("data/f", "mounted");
    write(
        "reg.yaml",
        """
        runtime: python@3.11
        command: [python3, /app/app.py]
        workdir: /srv/deep
        env: {PORT: 8080}
        mounts: [{source: ./data, target: /data, readonly: true}]
        """);
    assertThat(reg.run("run", "--rm").succeeded().out()).isEqualTo("8080 /srv/deep mounted\n");
    assertThat(reg.run("run", "--rm", "--", "python3", "-c", "open('/data/x', 'w')").code())
        .as("it is read-only")
        .isOne();
    Reg elsewhere = engine.in(Fixture.project());
    assertThat(elsewhere.run("run", "--rm", "--project", project.toString()).succeeded().out())
        .isEqualTo("8080 /srv/deep mounted\n");
  }

  @Test
  void flagsComeOverTheFile() throws IOException {
    write(
        "reg.yaml",
        """
        runtime: python
        command: sh -c 'echo $A $B; pwd; cat /d/f'
        workdir: /srv
        env: {A: file, B: file}
        mounts: [{source: one, target: /d}]
        """);
    Files.createDirectory(project.resolve("one"));
    Files.createDirectory(project.resolve("two"));
    write("one/f", "1\n");
    write("two/f", "2\n");
    assertThat(reg.run("run", "--rm", "-tbusybox").succeeded().out())
        .isEqualTo("file file\n/srv\n1\n");
    assertThat(reg.run("run", "--rm", "-tbusybox", "-eB=flag", "-w/", "-v./two:/d").out())
        .isEqualTo("file flag\n/\n2\n");
    assertThat(reg.run("run", "--rm", "-tbusybox", "--", "echo", "words").out())
        .isEqualTo("words\n");
    assertThat(reg.run("run", "--rm", "-tbusybox", "-cecho line").out()).isEqualTo("line\n");
    assertThat(reg.run("run", "--rm", "-tbusybox", "--no-project", "--", "pwd").out())
        .isEqualTo("/\n");
    assertThat(names()).as("-t is not what a lock is for").doesNotContain("reg.lock");
  }

  @Test
  void everyMistakeIsALineWithItsPlace() throws IOException {
    write("reg.yaml", "runtme: busybox\ncommand: 'x\nresources: {memory: much}\n");
    assertThat(reg.run("run").err()).startsWith("reg: reg.yaml:").hasLineCount(1);
    write("reg.yaml", "runtme: busybox\ncommand: \"'x\"\nresources: {memory: much}\n");
    Reg.Result result = reg.run("run");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err())
        .isEqualTo(
            """
            reg: reg.yaml:1: unknown key 'runtme'; did you mean 'runtime'?
            reg: reg.yaml:2: command cannot be split into words: a ' is not closed
            reg: reg.yaml:3: memory wants a size such as 128m, not 'much'
            """);
    write("reg.yaml", "\nruntime: busibox\n");
    assertThat(reg.run("run", "--", "true").err())
        .isEqualTo("reg: reg.yaml:2: no template is named busibox; did you mean busybox?\n");
    write("reg.yaml", "runtime: busybox\nmounts:\n  - {source: gone, target: /g}\n");
    assertThat(reg.run("run", "--", "true").err())
        .isEqualTo("reg: reg.yaml:3: cannot open gone: No such file or directory\n");
    assertThat(names()).containsExactly("reg.yaml");
  }

  @Test
  void whatIsNoFileIsNotRead() throws IOException {
    Files.createDirectory(project.resolve("reg.yaml"));
    assertThat(reg.run("run").err()).contains("reg.yaml: it is no regular file");
    Files.delete(project.resolve("reg.yaml"));
    Fixture.execute("mkfifo", project.resolve("reg.yaml").toString());
    assertThat(reg.run("run").err()).contains("reg.yaml: it is no regular file");
    Files.delete(project.resolve("reg.yaml"));
    assertThat(reg.run("run").err()).contains("nothing says what to run");
    Files.createSymbolicLink(project.resolve("reg.yaml"), Path.of("shared.yaml"));
    write("shared.yaml", "runtime: busybox\ncommand: echo shared\n");
    assertThat(reg.run("run", "--rm").out()).isEqualTo("shared\n");
  }

  @Test
  void theFirstRunLeavesALockAndLaterOnesKeepToIt() throws IOException {
    String before = reg.run("ps", "-aq").out();
    template("locked", "1", "one");
    write("reg.yaml", "runtime: [locked, busybox]\ncommand: sh -c 'echo $T'\n");
    assertThat(reg.run("run", "--rm").succeeded().out()).isEqualTo("one\n");
    assertThat(names()).containsExactly("reg.lock", "reg.yaml");
    String lock = Files.readString(project.resolve("reg.lock"));
    assertThat(lock).contains("\n  locked: locked@1\n", "\n  locked@1: sha256:");

    template("locked", "2", "two");
    assertThat(reg.run("run", "--rm").succeeded().out()).as("as it was").isEqualTo("one\n");
    assertThat(reg.run("run", "--rm", "-tlocked", "-tbusybox").out()).isEqualTo("two\n");
    assertThat(reg.run("generate", "--update").succeeded().out())
        .isEqualTo("locked@1 became locked@2\n");
    assertThat(reg.run("run", "--rm").out()).isEqualTo("two\n");
    assertThat(reg.run("generate", "--update").out()).isEqualTo("nothing has changed\n");
    assertThat(reg.run("ps", "-aq").out()).as("it generates nothing").isEqualTo(before);
  }

  @Test
  void aLockThatCannotBeKeptSaysWhy() throws IOException {
    template("changing", "1", "one");
    write("reg.yaml", "runtime: [changing, busybox]\ncommand: sh -c 'echo $T'\n");
    reg.run("run", "--rm").succeeded();
    template("changing", "1", "other");
    Reg.Result changed = reg.run("run", "--rm");
    assertThat(changed.code()).isEqualTo(125);
    assertThat(changed.err())
        .startsWith("reg: reg.lock pins changing@1 with the digest sha256:")
        .contains("the one stored here has sha256:", "'reg generate --update'")
        .hasLineCount(1);
    assertThat(reg.run("generate", "--update").out()).isEqualTo("changing@1 has another content\n");
    assertThat(reg.run("run", "--rm").out()).isEqualTo("other\n");

    write("reg.yaml", "runtime: busybox\ncommand: echo x\n");
    assertThat(reg.run("run", "--rm").err())
        .contains("reg.lock was written for changing, busybox, and the runtime is now busybox");
    write("reg.lock", "version: 1\nruntime:\n");
    assertThat(reg.run("run", "--rm").err()).startsWith("reg: reg.lock:").hasLineCount(1);
    assertThat(reg.run("generate", "--update").succeeded().out()).startsWith("added busybox@");
    assertThat(reg.run("run", "--rm").out()).isEqualTo("x\n");
  }

  @Test
  void aLockThatCannotBeWrittenKeepsNobodyFromRunning() throws IOException {
    write("reg.yaml", "runtime: busybox\ncommand: echo ran\n");
    Fixture.execute("mount", "--bind", project.toString(), project.toString());
    try {
      Fixture.execute("mount", "-o", "remount,bind,ro", project.toString());
      Reg.Result result = reg.run("run", "--rm", "--project", project.toString());
      assertThat(result.succeeded().out()).isEqualTo("ran\n");
      assertThat(result.err())
          .startsWith("reg: no reg.lock was written: ")
          .contains("Read-only file system")
          .hasLineCount(1);
    } finally {
      Fixture.execute("umount", project.toString());
    }
    assertThat(names()).containsExactly("reg.yaml");
  }

  @Test
  void aCallersFilesAreReadAndWrittenWithTheirRights() throws IOException {
    reg.run("ps").succeeded();
    Reg user = users.as(4262);
    project = user.project();
    write("reg.yaml", "runtime: busybox\ncommand: id -u\n");
    assertThat(user.run("run", "--rm").succeeded().out()).isEqualTo("4262\n");
    assertThat(Files.getAttribute(project.resolve("reg.lock"), "unix:uid")).isEqualTo(4262);
    Path secret = Files.writeString(Fixture.project().resolve("s.env"), "SECRET=1\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Reg.Result refused = user.run("run", "--rm", "--env-file", secret.toString());
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).contains("Permission denied").doesNotContain("SECRET");
    Files.delete(project.resolve("reg.yaml"));
    Files.createSymbolicLink(project.resolve("reg.yaml"), secret);
    assertThat(user.run("run", "--rm").err())
        .contains("cannot open reg.yaml: Permission denied")
        .doesNotContain("SECRET");
    Users.open(project);
    Files.setAttribute(project, "unix:uid", 0);
    Files.delete(project.resolve("reg.yaml"));
    Files.delete(project.resolve("reg.lock"));
    write("reg.yaml", "runtime: busybox\ncommand: id -u\n");
    Reg.Result unwritable = user.run("run", "--rm");
    assertThat(unwritable.succeeded().out()).isEqualTo("4262\n");
    assertThat(unwritable.err()).startsWith("reg: no reg.lock was written: ");
    assertThat(names()).containsExactly("reg.yaml");
  }

  @Test
  void aScriptCarriesItsRuntime() throws Exception {
    String before = reg.run("ps", "-aq").out();
    String script =
        """
        #!/usr/bin/env -S reg run --script
        # /// script
        # requires-python = ">=3.9"
        # [tool.reg]
        # env = { WHO = "block" }
        # ///
        import os, sys
        print(sys.argv[1:], os.environ["WHO"], sys.stdin.read())
        sys.exit(7)
        """;
    write("hello.py", script);
    Files.setPosixFilePermissions(
        project.resolve("hello.py"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Path tools = Files.createDirectory(Fixture.project().resolve("tools"));
    Files.copy(
        project.resolve("hello.py"),
        tools.resolve("hello-from-path"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    for (String name : List.of("./hello.py", "hello-from-path")) {
      ProcessBuilder builder =
          new ProcessBuilder("sh", "-c", "echo in | " + name + " a --rm 'b c'")
              .directory(project.toFile());
      builder.environment().put("REG_ROOT", engine.root.toString());
      String path = Reg.installation().resolve("bin") + ":" + tools + ":" + System.getenv("PATH");
      builder.environment().put("PATH", path);
      Reg.Result result = Reg.finish(builder.start());
      assertThat(result.out()).isEqualTo("['a', '--rm', 'b c'] block in\n\n");
      assertThat(result.err()).isEmpty();
      assertThat(result.code()).isEqualTo(7);
    }
    assertThat(reg.run("ps", "-aq").out()).as("nothing is left").isEqualTo(before);
    assertThat(names()).containsExactly("hello.py");

    write("hello.py", script.replace(">=3.9", ">=3.99"));
    assertThat(reg.run("run", "--script", "hello.py").err())
        .startsWith("reg: hello.py:3: no template is what requires-python wants, >=3.99; ");
    write("hello.py", "print(1)\n");
    assertThat(reg.run("run", "--script", "hello.py").err()).contains("no block '# /// script'");
  }

  @Test
  void aScriptIsPinnedByTheLockBesideIt() throws Exception {
    String script =
        """
        # /// script
        # requires-python = ">=3.9"
        # ///
        print("runs")
        """;
    Files.createDirectory(project.resolve("tools"));
    write("tools/s.py", script);
    assertThat(run("tools/s.py").succeeded().out()).isEqualTo("runs\n");
    assertThat(project.resolve("tools/s.py.lock")).as("only when asked for").doesNotExist();

    String[] update = {"generate", "--update", "--script", "tools/s.py"};
    assertThat(reg.run(update).succeeded().out()).startsWith("added python@3.11");
    assertThat(reg.run(update).succeeded().out()).isEqualTo("nothing has changed\n");
    Path file = project.resolve("tools/s.py.lock");
    String lock = Files.readString(file);
    assertThat(lock).contains("reg generate --update --script", "  python@3.11", "sha256:");
    assertThat(run("tools/s.py").succeeded().out()).isEqualTo("runs\n");
    assertThat(reg.in(project.resolve("tools")).run("run", "--script", "s.py").succeeded().out())
        .isEqualTo("runs\n");

    String renewal = "'reg generate --update --script tools/s.py' writes it anew";
    write("tools/s.py", script.replace(">=3.9", ">=3.99"));
    Reg.Result outdated = run("tools/s.py");
    assertThat(outdated.code()).isEqualTo(125);
    assertThat(outdated.err())
        .startsWith("reg: tools/s.py.lock was written for python@3.11")
        .contains("requires-python is now >=3.99")
        .contains(renewal);
    write(
        "tools/s.py",
        script.replace(
            "# requires-python = \">=3.9\"",
            "# [tool.reg]\n# runtime = \"busybox\"\n# command = \"true\""));
    assertThat(run("tools/s.py").err()).contains("the runtime is now busybox").contains(renewal);
    assertThat(reg.run("run", "-t", "busybox", "--script", "tools/s.py").code())
        .as("-t does not ask the lock")
        .isZero();
    write("tools/s.py", script);

    write("tools/s.py.lock", lock.replaceFirst("sha256:....", "sha256:0000"));
    assertThat(run("tools/s.py").err()).contains("cut short or changed").contains(renewal);
    String other = "sha256:" + "0".repeat(64);
    write("tools/s.py.lock", lock.replaceAll("sha256:[0-9a-f]+", other));
    assertThat(run("tools/s.py").code()).isEqualTo(125);
    reg.run(update).succeeded();
    assertThat(Files.readString(file)).isEqualTo(lock);

    assertThat(reg.run("generate", "--script", "tools/s.py").err()).contains("--update");
    assertThat(reg.run("generate", "--update", "--script").err()).contains("wants a FILE");
    assertThat(reg.run("generate", "--update", "--script", "tools/s.py", "x").code())
        .isEqualTo(125);
  }

  private Reg.Result run(String script) {
    return reg.run("run", "--script", script);
  }

  @Test
  void initWritesWhatRunRuns() throws IOException {
    write(".python-version", "3.11.9\n");
    write("app.py", "print('begun')\n");
    assertThat(reg.run("init").succeeded().out())
        .isEqualTo(
            """
            chose python@3.11 (.python-version: 3.11.9)
            chose the command python3 app.py
            wrote reg.yaml
            """);
    assertThat(Files.readString(project.resolve("reg.yaml")))
        .startsWith("# yaml-language-server: $schema=file:///")
        .contains("/share/reg.schema.json\n");
    assertThat(reg.run("run", "--rm").succeeded().out()).isEqualTo("begun\n");
    Reg.Result again = reg.run("init");
    assertThat(again.code()).isEqualTo(125);
    assertThat(again.err()).contains("--force replaces it");
    reg.run("init", "--force").succeeded();
    assertThat(engine.in(Fixture.project()).run("init").err()).contains("nothing here says");
  }

  @Test
  void variablesComeFromFiles() throws IOException {
    write("a.env", "# comment\nA=1\nB=\"two\"\nFROM_CALLER\nNOT_SET\n");
    write("b.env", "A=2\n");
    Process process =
        reg.start(
            Map.of("FROM_CALLER", "mine"),
            "run",
            "--rm",
            "-tbusybox",
            "--env-file=a.env",
            "--env-file=b.env",
            "-eC=3",
            "--",
            "sh",
            "-c",
            "echo $A $B $C $FROM_CALLER ${NOT_SET-unset}");
    assertThat(Reg.finish(process).out()).isEqualTo("2 \"two\" 3 mine unset\n");
    write("b.env", "A 1=2\n=3\n");
    Reg.Result result = reg.run("run", "--rm", "-tbusybox", "--env-file=b.env", "--", "true");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).startsWith("reg: b.env:1: ").contains("reg: b.env:2: ");
  }

  @Test
  void variablesComeFromPipesToo() {
    assertThat(variableFrom("<(sleep 0.2; echo A=piped)").succeeded().out()).isEqualTo("piped\n");
    assertThat(variableFrom("/dev/null").succeeded().out()).isEqualTo("none\n");
    Map.of(
            "<(head -c 1048577 /dev/zero)", "more than the 1048576 bytes allowed",
            "/dev/zero", "more than the 1048576 bytes allowed",
            "/", "cannot read /dev/fd/7: Is a directory")
        .forEach(
            (source, why) -> {
              Reg.Result refused = variableFrom(source);
              assertThat(refused.code()).isEqualTo(125);
              assertThat(refused.err()).startsWith("reg: ").contains(why).hasLineCount(1);
            });
  }

  /** What a run has as A whose --env-file is descriptor 7, which bash redirects. */
  private Reg.Result variableFrom(String source) {
    return reg.by(Reg.installation(), "bash", "-c", "exec \"$@\" 7< " + source, "bash")
        .run(
            "run", "--rm", "-tbusybox", "--env-file=/dev/fd/7", "--", "sh", "-c", "echo ${A-none}");
  }

  @Test
  void theIdIsLeftInAFileThatWasNotThere() throws IOException {
    reg.run("run", "--cidfile=id", "--name=cid", "-tbusybox", "--", "true").succeeded();
    assertThat(project.resolve("id")).hasContent(reg.inspect("cid").get("id").asString());
    Reg.Result taken = reg.run("run", "--cidfile=id", "-tbusybox", "--", "true");
    assertThat(taken.code()).isEqualTo(125);
    assertThat(taken.err()).contains("--cidfile, id, is there already").hasLineCount(1);
    assertThat(reg.run("run", "--cidfile=none", "-tbusybox", "--", "no-such").code())
        .isEqualTo(127);
    assertThat(names()).containsExactly("id");
    reg.run("remove", "cid").succeeded();
  }

  @Test
  void pullSaysWhetherToBuild() throws IOException {
    try (Reg empty = Fixture.empty()) {
      Reg.Result never = empty.run("run", "--pull=never", "-tbusybox", "--", "true");
      assertThat(never.code()).isEqualTo(125);
      assertThat(never.err()).contains("no template busybox", "--pull never").hasLineCount(1);
    }
    Reg.Result always = reg.run("run", "--rm", "--pull=always", "-tbusybox", "--", "echo", "x");
    assertThat(always.succeeded().out()).isEqualTo("x\n");
    assertThat(always.err()).contains("busybox: unpacking");
    assertThat(reg.run("run", "--pull=often", "-tbusybox").err()).contains("always, missing or");
  }

  @Test
  void aCopyLeavesOutWhatIsIgnored() throws IOException {
    write("reg.yaml", "runtime: busybox\nignore: [.git, '*.o', '!keep.o', /top, build/]\n");
    for (String directory : List.of(".git", "sub", "sub/build", "sub/top")) {
      Files.createDirectory(project.resolve(directory));
    }
    for (String file :
        List.of(".git/x", "a.o", "keep.o", "top", "sub/b.o", "sub/build/x", "build")) {
      write(file, "");
    }
    String[] find = {"run", "--rm", "--project-mode=copy", "--", "sh", "-c", "find . | sort"};
    assertThat(reg.run(find).succeeded().lines())
        .containsExactly(
            ".", "./build", "./keep.o", "./reg.lock", "./reg.yaml", "./sub", "./sub/top");
  }
}
