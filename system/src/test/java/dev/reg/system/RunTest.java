package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code reg run}: what goes in, what comes out, and the exit codes people script against. */
class RunTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  private static Reg.Result busybox(String... argv) {
    return run(new String[0], argv);
  }

  private static Reg.Result run(String[] options, String... argv) {
    return reg.run(command(options, argv));
  }

  private static String[] command(String[] options, String... argv) {
    String[] all = new String[5 + options.length + argv.length - 1];
    all[0] = "run";
    all[1] = "--rm";
    all[2] = "-tbusybox";
    System.arraycopy(options, 0, all, 3, options.length);
    all[3 + options.length] = "--";
    System.arraycopy(argv, 0, all, 4 + options.length, argv.length);
    return all;
  }

  private static String[] with(String... options) {
    return options;
  }

  @Test
  void standardOutputIsTheProgramsAlone() {
    Reg.Result result = busybox("echo", "hello");
    assertThat(result.out()).isEqualTo("hello\n");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
  }

  @Test
  void pythonAnswersWithItsOwnOutput() {
    Reg.Result result = reg.run("run", "--rm", "-t", "python@3", "-c", "python3 -c 'print(6*7)'");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).isEqualTo("42\n");
  }

  @ParameterizedTest
  @CsvSource({
    "exit 0,0",
    "exit 1,1",
    "exit 125,125",
    "exit 255,255",
    "kill -9 $$,137",
    "kill -15 $$,143"
  })
  void theProgramsEndIsTheCommandsExitCode(String script, int code) {
    assertThat(busybox("sh", "-c", script).code()).isEqualTo(code);
    // The kernel gives PID 1 no signal of its own making: without an init it is a child that is
    // killed.
    String inChild = "sh -c '" + script + "'; exit $?";
    assertThat(run(with("--no-init"), "sh", "-c", inChild).code()).isEqualTo(code);
  }

  @Test
  void aProgramThatIsNotThereIs127AndOneThatCannotRunIs126() throws IOException {
    Reg.Result missing = busybox("no-such-program");
    assertThat(missing.code()).isEqualTo(127);
    assertThat(missing.err()).startsWith("reg: ").contains("no-such-program").hasLineCount(1);
    Path project = Fixture.project();
    Files.writeString(project.resolve("plain"), "not a program");
    Reg.Result plain = reg.in(project).run("run", "--rm", "-t", "busybox", "--", "/app/plain");
    assertThat(plain.code()).isEqualTo(126);
    assertThat(plain.err()).startsWith("reg: ").contains("/app/plain").hasLineCount(1);
    Reg.Result directory = busybox("/etc");
    assertThat(directory.code()).isEqualTo(126);
  }

  @Test
  void aBadCommandLineIs125() {
    assertThat(reg.run("run", "--no-such-flag").code()).isEqualTo(125);
    assertThat(reg.run("no-such-command").code()).isEqualTo(125);
    assertThat(reg.run("run", "-t", "busybox", "-c", "echo 'open").code()).isEqualTo(125);
    assertThat(reg.run("run", "-t", "busybox", "-c", "true", "--", "true").code()).isEqualTo(125);
  }

  @Test
  void theCommandStringIsSplitAsAShellSplitsWordsWithNoShellInBetween() {
    Reg.Result result =
        reg.run("run", "--rm", "-t", "busybox", "-c", "printf '%s|' a\\ b \"c  d\" '$HOME' '' x");
    assertThat(result.out()).isEqualTo("a b|c  d|$HOME||x|");
  }

  @Test
  void standardInputReachesTheProgram() {
    assertThat(reg.runWithInput("one\ntwo\n", command(with(), "cat")).out())
        .isEqualTo("one\ntwo\n");
    assertThat(reg.runWithInput("x", command(with("-i"), "wc", "-c")).out().strip()).isEqualTo("1");
  }

  @Test
  void regularFilesGoInAndOutWhole() throws IOException, InterruptedException {
    Path area = Fixture.project();
    byte[] data = new byte[5_000_003];
    new Random(7).nextBytes(data);
    Files.write(area.resolve("in"), data);
    ProcessBuilder builder =
        new ProcessBuilder(
                Reg.installation().resolve("bin/reg").toString(),
                "run",
                "--rm",
                "-tbusybox",
                "--",
                "cat")
            .directory(area.toFile())
            .redirectInput(area.resolve("in").toFile())
            .redirectOutput(area.resolve("out").toFile());
    builder.environment().put("REG_ROOT", reg.root.toString());
    assertThat(builder.start().waitFor()).isZero();
    assertThat(Files.readAllBytes(area.resolve("out"))).isEqualTo(data);
  }

  @Test
  void environmentVariablesAreTheTemplatesTheCallersChoiceAndASensibleRest() {
    Reg.Result result = run(with("-e", "A=1", "--env", "B=x=y", "-e", "FROM_CALLER"), "env");
    assertThat(result.lines()).contains("A=1", "B=x=y", "HOME=/root").doesNotContain("FROM_CALLER");
    assertThat(result.out())
        .contains("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    assertThat(result.out()).doesNotContain("REG_ROOT");
    Reg.Result given =
        Reg.finish(
            reg.start(
                java.util.Map.of("FROM_CALLER", "yes"), command(with("-e", "FROM_CALLER"), "env")));
    assertThat(given.lines()).contains("FROM_CALLER=yes");
  }

  @Test
  void theWorkingDirectoryIsTheProject() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("data.txt"), "from the project\n");
    Reg here = reg.in(project);
    assertThat(here.run("run", "--rm", "-t", "busybox", "--", "cat", "data.txt").out())
        .isEqualTo("from the project\n");
    assertThat(here.run("run", "--rm", "-t", "busybox", "--", "pwd").out()).isEqualTo("/app\n");
    here.run("run", "--rm", "-t", "busybox", "--", "sh", "-c", "echo new > made").succeeded();
    assertThat(project.resolve("made")).hasContent("new\n");
  }

  @Test
  void projectModesDecideWhatReachesTheHost() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("kept"), "as it was\n");
    Reg here = reg.in(project);
    String script = "cat kept && echo changed > kept";
    Reg.Result readOnly =
        here.run("run", "--rm", "-t", "busybox", "--project-mode", "ro", "--", "sh", "-c", script);
    assertThat(readOnly.code()).isNotZero();
    Reg.Result copied =
        here.run(
            "run", "--rm", "-t", "busybox", "--project-mode", "copy", "--", "sh", "-c", script);
    assertThat(copied.succeeded().out()).isEqualTo("as it was\n");
    assertThat(project.resolve("kept")).hasContent("as it was\n");
    assertThat(
            here.run("run", "--rm", "-t", "busybox", "--no-project", "--", "ls", "-a", "/app")
                .out())
        .doesNotContain("kept");
  }

  @Test
  void aCopiedProjectIsARealCopy() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("it's\nodd"), "odd");
    Files.writeString(project.resolve("a"), "same");
    Files.createLink(project.resolve("b"), project.resolve("a"));
    Files.createDirectory(project.resolve("d"));
    Files.writeString(project.resolve("d/old"), "old");
    Files.createSymbolicLink(project.resolve("l"), Path.of("d/old"));
    for (String old : List.of("a", "d/old", "d")) {
      Files.setLastModifiedTime(
          project.resolve(old), FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
    }
    Files.setPosixFilePermissions(
        project.resolve("d"), PosixFilePermissions.fromString("rwx--x---"));
    Reg.Result result =
        reg.in(project)
            .run(
                "run",
                "--rm",
                "-tbusybox",
                "--project-mode",
                "copy",
                "--",
                "sh",
                "-c",
                "stat -c %Y a d/old d; stat -c %h a; stat -c %a d; cat l *odd; rm -r d; echo x > b");
    assertThat(result.succeeded().out()).isEqualTo("1000000000\n".repeat(3) + "2\n710\noldodd");
    assertThat(project.resolve("d/old")).hasContent("old");
    assertThat(project.resolve("a")).hasContent("same");
  }

  @Test
  void aProjectThatWasDeletedIsNamedAsSuch() throws IOException {
    Path gone = Fixture.project();
    ProcessBuilder builder =
        new ProcessBuilder(
                "sh",
                "-c",
                "rmdir \"$PWD\"; exec \"$@\"",
                "sh",
                Reg.installation().resolve("bin/reg").toString(),
                "run",
                "--rm",
                "-tbusybox",
                "--",
                "true")
            .directory(gone.toFile());
    builder.environment().put("REG_ROOT", reg.root.toString());
    Reg.Result result = Reg.finish(builder.start());
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).contains("deleted").hasLineCount(1);
  }

  @Test
  void twoMountsAtOnePlaceAreRefused() throws IOException {
    String host = Fixture.project().toString();
    List<String[]> twice =
        List.of(
            with("-v", host + ":/a", "-v", host + ":/a/"),
            with("-v", host + ":/a", "--tmpfs", "/a"),
            with("--tmpfs", "/app"));
    for (String[] options : twice) {
      Reg.Result result = run(options, "true");
      assertThat(result.code()).isEqualTo(125);
      assertThat(result.err()).startsWith("reg: run: ").contains("/a").hasLineCount(1);
    }
    assertThat(run(with("--no-project", "-v", host + ":/app"), "true").code()).isZero();
    assertThat(run(with("--tmpfs", "/a:size=1m"), "true").err()).contains("without options");
    assertThat(run(with("-v", host + ":/etc/passwd"), "true").err()).contains("/etc/passwd");
  }

  @Test
  void anotherProjectCanBeNamed() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("here"), "");
    assertThat(run(with("--project", project.toString()), "ls").out()).isEqualTo("here\n");
  }

  @Test
  void volumesAreFilesOrDirectoriesWritableUnlessSaid() throws IOException {
    Path host = Fixture.project();
    Files.writeString(host.resolve("f"), "file\n");
    String both = host + ":/data/deep";
    assertThat(run(with("-v", both), "cat", "/data/deep/f").out()).isEqualTo("file\n");
    run(with("-v", both), "sh", "-c", "echo w > /data/deep/w").succeeded();
    assertThat(host.resolve("w")).hasContent("w\n");
    assertThat(run(with("-v", both + ":ro"), "sh", "-c", "echo x > /data/deep/x").code())
        .isNotZero();
    assertThat(run(with("-v", host + "/f:/etc/one:ro"), "cat", "/etc/one").out())
        .isEqualTo("file\n");
  }

  @Test
  void userGroupHostnameAndDirectoryAreAsAsked() {
    assertThat(run(with("-u", "1234:2345"), "id").out()).contains("uid=1234").contains("gid=2345");
    assertThat(run(with("-u", "1234"), "id", "-u").out()).isEqualTo("1234\n");
    assertThat(run(with("--hostname", "lab-7"), "hostname").out()).isEqualTo("lab-7\n");
    assertThat(run(with("--hostname", "lab-7"), "cat", "/etc/hostname").out()).isEqualTo("lab-7\n");
    assertThat(run(with("-w", "/var"), "pwd").out()).isEqualTo("/var\n");
    assertThat(run(with("-w", "/made/for/it"), "pwd").out()).isEqualTo("/made/for/it\n");
  }

  @Test
  void theStandardStreamsCanBeOpenedByTheirNamesByAnyUser() {
    for (String user : List.of("0", "1000")) {
      Reg.Result result =
          reg.runWithInput(
              "in",
              command(
                  with("-u", user),
                  "sh",
                  "-c",
                  "cat /dev/stdin; echo out > /dev/stdout; echo err > /proc/self/fd/2"));
      assertThat(result.out()).isEqualTo("inout\n");
      assertThat(result.err()).isEqualTo("err\n");
    }
  }

  @Test
  void readOnlyMeansAllButWhatIsMounted() {
    Reg.Result result =
        run(
            with("--read-only", "--tmpfs", "/scratch"),
            "sh",
            "-c",
            "echo x > /scratch/a && cat /scratch/a; touch /b || echo refused");
    assertThat(result.out()).isEqualTo("x\nrefused\n");
    assertThat(run(with("--read-only", "-w", "/made/for/it"), "pwd").out())
        .isEqualTo("/made/for/it\n");
  }

  @Test
  void withoutACommandTheTemplatesOwnRuns() {
    assertThat(reg.runWithInput("echo from $0\n", "run", "--rm", "-t", "busybox").out())
        .startsWith("from ");
  }

  @Test
  void aScriptOfTheProjectRunsByItsShebang() throws IOException {
    Path project = Fixture.project();
    Path script = Files.writeString(project.resolve("go"), "#!/bin/sh\necho went $1\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(reg.in(project).run("run", "--rm", "-tbusybox", "--", "./go", "far").out())
        .isEqualTo("went far\n");
  }
}
