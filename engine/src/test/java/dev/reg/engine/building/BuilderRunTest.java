package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderRunTest {
  @TempDir Path directory;
  private ScriptedBuilder builder;
  private final List<String> progress = new ArrayList<>();
  private final AtomicBoolean wanted = new AtomicBoolean(true);
  private BuilderMemory memory = BuilderMemory.none();

  @BeforeEach
  void open() throws Exception {
    // Not above the places where it works: others enter only what they are given.
    builder = new ScriptedBuilder(Files.createDirectory(directory.resolve("builder")));
  }

  @AfterEach
  void close() {
    builder.close();
  }

  private void run(Configuration configuration, String... script) throws Exception {
    new Builders(directory.resolve("apt"), configuration, memory)
        .run(
            new BuildSource.Recipe(builder.script("x", script)),
            directory.resolve("out"),
            progress::add,
            wanted::get,
            (required, packages) -> {
              throw new IllegalStateException("requires " + required);
            });
  }

  private static final Configuration HOSTS = new Configuration(null, null);

  @Test
  void itsLinesAreProgress() throws Exception {
    run(HOSTS, "x: fetching", "", "ä", "y".repeat(1_000), "exit 0");
    assertThat(progress).containsExactly("x: fetching", "", "ä", "y".repeat(200));
  }

  @Test
  void itIsToldWhatAndFromWhere() throws Exception {
    run(HOSTS, "args");
    run(new Configuration("trixie", "http://m/debian"), "args");
    String recipe = "--recipe " + directory + "/builder/x.yaml";
    String packages = directory + "/=out/packages";
    String fetch = recipe + " --fetch " + directory + "/=out/fetched --apt " + directory + "/apt";
    String build = recipe + " --from " + packages + " --out " + directory + "/out";
    assertThat(progress).containsExactly(fetch, build, fetch, build);
    assertThat(directory.resolve("apt/etc/debian.sources"))
        .content()
        .contains("URIs: http://m/debian\nSuites: trixie\n");
    assertThat(directory.resolve("apt/etc/name")).hasContent("Debian trixie, component main");
    assertThat(directory.resolve("=out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "error: INVALID: bad recipe: line 3 → INVALID bad recipe: line 3",
        "error: UNAVAILABLE: no network → UNAVAILABLE no network",
        "error: EXHAUSTED: a: b → EXHAUSTED a: b",
        "error: WHATEVER: x → UNAVAILABLE cannot build RECIPE: the builder ended with code 3 and "
            + "said no reason",
        "error: nothing → UNAVAILABLE cannot build RECIPE: the builder ended with code 3 and said "
            + "no reason",
        "fetching → UNAVAILABLE cannot build RECIPE: the builder ended with code 3 and said no "
            + "reason",
      })
  void itsLastLineSaysWhyItFailed(String line, String expected) {
    assertThatThrownBy(() -> run(HOSTS, "begun", line, "exit 3"))
        .isInstanceOfSatisfying(
            RegException.class,
            e ->
                assertThat(e.kind() + " " + e.line())
                    .isEqualTo(expected.replace("RECIPE", directory + "/builder/x.yaml")));
    assertThat(progress).first().isEqualTo("begun");
    assertThat(progress).noneMatch(shown -> shown.startsWith("error: "));
  }

  @Test
  void onlyTheLastLineDoes() {
    assertThatThrownBy(() -> run(HOSTS, "error: INVALID: early", "later", "exit 1"))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
  }

  /** By a pipe, for each process that joins writes by itself: a file would show the last alone. */
  @Test
  void itsProcessesAreHeldTogether() throws Exception {
    Path joining = directory.resolve("joining");
    assertThat(new ProcessBuilder("mkfifo", joining.toString()).start().waitFor()).isZero();
    AtomicInteger closed = new AtomicInteger();
    memory = () -> new Hold(List.of(joining), () -> 0, closed);
    // Open for both, so that nobody waits for somebody else who opens it.
    try (RandomAccessFile pipe = new RandomAccessFile(joining.toFile(), "rw")) {
      run(HOSTS, "exit 0");
      pipe.writeBytes(".");
      StringBuilder written = new StringBuilder();
      for (int c = pipe.read(); c != '.'; c = pipe.read()) {
        written.append((char) c);
      }
      // Who has no other user's rights to lose is not confined, and writes nothing.
      assertThat(written.toString())
          .as("what fetches, and what takes apart")
          .isEqualTo(Processes.userId() == 0 ? "0\n0\n" : "");
    }
    assertThat(closed).hasValue(1);
  }

  /** The kernel has ended one process more each time it is asked. */
  private void heldWhereProcessesAreEnded() {
    AtomicLong kills = new AtomicLong();
    memory = () -> new Hold(List.of(), kills::getAndIncrement, new AtomicInteger());
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit 137", "exit 1", "error: EXHAUSTED: no memory left", "cut short"})
  void whatEndedItForWantOfMemoryIsSaid(String line) {
    heldWhereProcessesAreEnded();
    assertThatThrownBy(() -> run(HOSTS, line, "exit 1"))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED))
        .hasMessage(
            "cannot build "
                + directory
                + "/builder/x.yaml: the builder was ended for want of memory (all of its processes"
                + " may have 64 MiB together)");
  }

  @Test
  void theReasonThatItGaveIsNotLostForWantOfMemory() {
    heldWhereProcessesAreEnded();
    assertThatThrownBy(() -> run(HOSTS, "error: UNAVAILABLE: no network", "exit 1"))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessage(
            "no network; a process of the builder was ended for want of memory (all of its"
                + " processes may have 64 MiB together)");
  }

  @ParameterizedTest
  @CsvSource({"exit 137,137", "exit 3,3"})
  void whatEndedOthersBeforeIsNotItsReason(String line, int code) {
    memory = () -> new Hold(List.of(), () -> 7, new AtomicInteger());
    assertThatThrownBy(() -> run(HOSTS, line))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessageEndingWith("the builder ended with code " + code + " and said no reason");
  }

  private record Hold(List<Path> joining, LongSupplier counted, AtomicInteger closed)
      implements BuilderMemory.Hold {
    @Override
    public long kills() {
      return counted.getAsLong();
    }

    @Override
    public long bytes() {
      return 64 << 20;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @Test
  void itIsEndedWhenNobodyWants() {
    wanted.set(false);
    assertThatThrownBy(() -> run(HOSTS, "await " + directory.resolve("never")))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("nobody waits for it any more");
  }
}
