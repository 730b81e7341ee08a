package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run opens outside its template, with all files of the packages underneath. */
class TraceTest {
  private static final String OUTSIDE = "/usr/share/doc/busybox-static/copyright";

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("busybox");
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(reg.run("ps", "-aq").out()).isEmpty();
    assertThat(reg.run("template", "ls", "-q").out()).doesNotContain("trace");
  }

  private static Reg.Result trace(String... words) {
    List<String> all = new ArrayList<>(List.of("trace", "-tbusybox", "--no-project"));
    all.addAll(List.of(words));
    return reg.run(all.toArray(String[]::new));
  }

  @Test
  void aRunWithinItsTemplateIsComplete() {
    Reg.Result result = trace("--strict", "-c", "sh -c 'echo in; exit 4'");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.out()).isEqualTo("in\n");
    assertThat(result.err())
        .contains("trace: opened 1 of 2 files of busybox@")
        .contains("0 outside");
  }

  @Test
  void whatIsOutsideIsNamedWithItsPackage() {
    Reg.Result result = trace("-c", "grep -c Copyright " + OUTSIDE);
    assertThat(result.succeeded().out().strip()).matches("[1-9][0-9]*");
    assertThat(result.err()).contains("1 outside\n  outside: " + OUTSIDE + " (busybox-static)\n");
    assertThat(reg.run("run", "--rm", "-tbusybox", "cat", OUTSIDE).code()).isEqualTo(1);
  }

  @Test
  void aRecordedRunMakesTheLevelTraceUntilTheTemplateIsAnother() throws Exception {
    try (Reg own = Fixture.own()) {
      String[] words = {"trace", "-tbusybox", "--no-project", "--strict", "--record", "-c", "true"};
      assertThat(shown(own)).isEqualTo("loader");
      Reg.Result result = own.run(words);
      assertThat(result.succeeded().err()).containsPattern("trace: recorded for busybox@[0-9.]+\n");
      assertThat(shown(own)).isEqualTo("trace");
      assertThat(own.run("template", "verify", "busybox").succeeded().out())
          .contains(": complete (trace; declared loader)", "  traced: true\n");
      own.run("engine", "stop").succeeded();
      assertThat(shown(own)).as("another engine knows it, too").isEqualTo("trace");
      Path file;
      try (var versions = Files.list(own.root.resolve("templates/busybox"))) {
        file = versions.findFirst().orElseThrow().resolve("traces.json");
      }
      // What the file says of another content does not count.
      String recorded = Files.readString(file);
      Files.writeString(file, recorded.replaceAll("sha256:[0-9a-f]{8}", "sha256:00000000"));
      assertThat(shown(own)).isEqualTo("loader");
      Files.writeString(file, "{");
      assertThat(shown(own)).isEqualTo("loader");
      own.run(words).succeeded();
      assertThat(shown(own)).isEqualTo("trace");
      own.run("template", "remove", "busybox").succeeded();
      assertThat(own.root.resolve("templates/busybox")).doesNotExist();
    }
  }

  private static String shown(Reg reg) throws Exception {
    String json = reg.run("template", "show", "--format", "json", "busybox").succeeded().out();
    return new JsonMapper().readTree(json).get("shown").asString();
  }

  @Test
  void onlyARunThatShowsItIsRecorded() throws Exception {
    Reg.Result outside = trace("--record", "-c", "cat " + OUTSIDE);
    assertThat(outside.code()).isEqualTo(125);
    assertThat(outside.err())
        .endsWith("reg: trace: this run is not recorded: 1 file outside was opened\n");
    Reg.Result failed = trace("--record", "-c", "false");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err())
        .endsWith("reg: trace: this run is not recorded: the command ended with 1\n");
    assertThat(shown(reg)).isEqualTo("loader");
  }

  @Test
  void aRunWithoutATemplateIsRefusedAsSuch() {
    Reg.Result result = reg.run("trace", "--no-project", "--", "true");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err())
        .isEqualTo(
            "reg: cannot trace a run without a template: name one with -t, or in reg.yaml\n");
  }

  /** What could not be recorded is not run first. */
  @Test
  void whatCannotBeRecordedIsNotRun() throws Exception {
    try (Reg own = Fixture.own()) {
      Path file = own.root.resolve("plain.yaml");
      Files.writeString(file, "name: plain\nversion: 1\nlevel: none\nrequires: [busybox]\n");
      own.run("template", "build", file.toString()).succeeded();
      Reg.Result low = own.run("trace", "-tplain", "--no-project", "--record", "-c", "echo ran");
      assertThat(low.code()).isEqualTo(125);
      assertThat(low.out()).isEmpty();
      assertThat(low.err())
          .isEqualTo(
              "reg: cannot record a trace of plain@1: the level trace includes loader, and it"
                  + " declares none\n");
      Reg.Result two =
          own.run("trace", "-tplain", "-tbusybox", "--no-project", "--record", "-c", "echo ran");
      assertThat(two.code()).isEqualTo(125);
      assertThat(two.out()).isEmpty();
      assertThat(two.err())
          .isEqualTo("reg: cannot record a trace of 2 templates: a level is of one\n");
    }
  }

  @Test
  void strictRefusesWhatIsOutside() {
    Reg.Result result = trace("--strict", "-c", "cat " + OUTSIDE);
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).endsWith("reg: trace: 1 file outside was opened (--strict)\n");
  }

  @Test
  void processesAndWhatTheyOpenLaterCountToo() throws IOException {
    Reg.Result result =
        trace("--format", "json", "-c", "sh -c '(sleep 0.2; exec cat " + OUTSIDE + ") >/dev/null'");
    JsonNode json = new JsonMapper().readTree(result.succeeded().out());
    assertThat(json.get("exitCode").asInt()).isZero();
    assertThat(json.get("outside").get(0).get("path").asString()).isEqualTo(OUTSIDE);
    assertThat(json.get("outside").get(0).get("package").asString()).isEqualTo("busybox-static");
    assertThat(json.get("opened").size()).isEqualTo(2);
    assertThat(json.get("untouched").valueStream().map(JsonNode::asString))
        .containsExactly("/var/lib/dpkg/status.d/busybox-static");
  }

  @Test
  void aSliceNamesWhatWasOpenedAndReplacesNoFile() throws IOException {
    Path slice = reg.project().resolve("slice.yaml");
    trace("--write", slice.toString(), "-c", "cat " + OUTSIDE).succeeded();
    assertThat(Files.readString(slice))
        .contains("packages: [busybox-static]\n", "    - '" + OUTSIDE + "'\n", "/usr/bin/busybox");
    Reg.Result again = trace("--write", slice.toString(), "-c", "true");
    assertThat(again.code()).isEqualTo(125);
    assertThat(again.err()).contains("File exists");
    Files.delete(slice);
  }

  @Test
  void aSliceIsARecipeThatRunsWhatWasTraced() throws IOException {
    try (Reg own = Fixture.own()) {
      Path slice = own.root.resolve("slice.yaml");
      own.run(
              "trace",
              "-tbusybox",
              "--no-project",
              "--write",
              slice.toString(),
              "-c",
              "busybox cat " + OUTSIDE)
          .succeeded();
      assertThat(own.run("template", "build", slice.toString()).succeeded().out())
          .matches("busybox-slice@[0-9.]+\n");
      String[] again = {
        "run", "--rm", "--no-project", "-tbusybox-slice", "busybox", "cat", OUTSIDE
      };
      assertThat(own.run(again).succeeded().out()).contains("Copyright");
    }
  }

  @Test
  void aFailureLeavesNoSlice() {
    Path slice = reg.project().resolve("slice.yaml");
    assertThat(trace("--write", slice.toString(), "--", "no-such-program").code()).isEqualTo(127);
    assertThat(slice).doesNotExist();
  }

  @Test
  void theClientsSignalsReachTheProgram() throws IOException {
    Process process =
        reg.start(
            "trace",
            "-tbusybox",
            "--no-project",
            "-c",
            "sh -c 'trap \"exit 9\" INT; echo on; while :; do sleep 0.1; done'");
    assertThat(process.getInputStream().read()).isEqualTo('o');
    Processes.signal("INT", process.pid());
    Reg.Result result = Reg.finish(process);
    assertThat(result.code()).isEqualTo(9);
    assertThat(result.err()).contains("trace: opened");
  }
}
