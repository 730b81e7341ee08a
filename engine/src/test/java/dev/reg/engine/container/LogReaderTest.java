package dev.reg.engine.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against files as docs/protocol.md has them. */
class LogReaderTest {
  private static final String TIME = "2026-11-23T08:00:00.123456789Z ";

  @TempDir Path directory;
  private Path log;

  @BeforeEach
  void name() {
    log = directory.resolve("log");
  }

  private static String record(String stream, char tag, String text) {
    return TIME + stream + " " + tag + " " + text + "\n";
  }

  private static String out(String text) {
    return record("stdout", 'F', text);
  }

  private void append(String text) throws IOException {
    Files.writeString(log, text, ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void rotate() throws IOException {
    Files.move(log, directory.resolve("log.1"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static void show(StringBuilder text, LogReader.Chunk chunk) {
    text.append(chunk.stream()).append(':').append(new String(chunk.bytes(), ISO_8859_1));
  }

  /** What is left, each chunk as {@code stream:text}. */
  private static String rest(LogReader reader) throws IOException {
    StringBuilder text = new StringBuilder();
    for (LogReader.Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
      show(text, chunk);
    }
    return text.toString();
  }

  private String whole() throws IOException {
    try (LogReader reader = LogReader.open(log)) {
      return rest(reader);
    }
  }

  private String last(int lines) throws IOException {
    try (LogReader reader = LogReader.open(log)) {
      StringBuilder text = new StringBuilder();
      reader.last(lines).forEach(chunk -> show(text, chunk));
      assertThat(reader.next()).isNull();
      return text.toString();
    }
  }

  @Test
  void noLogReadsAsAnEmptyOneAndIsReadWhenItComes() throws Exception {
    try (LogReader reader = LogReader.open(log)) {
      assertThat(reader.next()).isNull();
      append(out("late"));
      assertThat(rest(reader)).isEqualTo("1:late\n");
    }
  }

  @Test
  void fullLinesEndAndPartialOnesGoOn() throws Exception {
    append(record("stdout", 'P', "one, ") + record("stderr", 'F', "e") + out("two") + out(""));
    assertThat(whole()).isEqualTo("1:one, 2:e\n1:two\n1:\n");
  }

  @Test
  void onlyTheTimesThatAreWantedAreRead() throws Exception {
    for (int second = 0; second < 5; second++) {
      append("2026-11-23T08:00:0" + second + ".000000001Z stdout F " + second + "\n");
    }
    Instant first = Instant.parse("2026-11-23T08:00:01.000000001Z");
    Instant last = Instant.parse("2026-11-23T08:00:03.000000001Z");
    for (Map.Entry<LogReader.Window, String> each :
        Map.of(
                LogReader.Window.ALL,
                "01234",
                new LogReader.Window(first, null),
                "1234",
                new LogReader.Window(null, last),
                "0123",
                new LogReader.Window(first, last),
                "123",
                new LogReader.Window(first.plusNanos(1), last.minusNanos(1)),
                "2",
                new LogReader.Window(last, first),
                "")
            .entrySet()) {
      try (LogReader reader = LogReader.open(log, each.getKey())) {
        assertThat(rest(reader).replaceAll("1:|\n", ""))
            .as(each.getKey().toString())
            .isEqualTo(each.getValue());
      }
    }
    try (LogReader reader = LogReader.open(log, new LogReader.Window(first, last))) {
      assertThat(reader.last(2))
          .extracting(LogReader.Chunk::time)
          .containsExactly("2026-11-23T08:00:02.000000001Z", "2026-11-23T08:00:03.000000001Z");
    }
  }

  @Test
  void textIsWhateverTheProgramWrote() throws Exception {
    String bytes = " \0\1\u001b\r\t\u00ff\u0080  x stdout F y ";
    append(out(bytes));
    assertThat(whole()).isEqualTo("1:" + bytes + "\n");
  }

  @Test
  void theLongestRecordsCrossEveryBufferBoundary() throws Exception {
    StringBuilder expected = new StringBuilder();
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      String text = "x".repeat(16_384 - random.nextInt(3)) + i;
      text = text.substring(0, Math.min(text.length(), 16_384));
      append(record("stdout", 'P', text) + out(Integer.toString(i)));
      expected.append("1:").append(text).append("1:").append(i).append('\n');
    }
    assertThat(whole()).isEqualTo(expected.toString());
  }

  @Test
  void aRecordIsReadOnceItIsWhole() throws Exception {
    append(out("a"));
    try (LogReader reader = LogReader.open(log)) {
      assertThat(rest(reader)).isEqualTo("1:a\n");
      String record = out("torn");
      for (char c : record.substring(0, record.length() - 1).toCharArray()) {
        append(Character.toString(c));
        assertThat(reader.next()).isNull();
      }
      append("\n");
      assertThat(rest(reader)).isEqualTo("1:torn\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "x",
        "x stdout",
        "x stdout ",
        "x stdout F",
        "x stdout Fx y",
        "x stdout X y",
        "x stdin F y",
        "x  stdout F y",
        "stdout F y",
        "x stdouts F y",
        "x STDOUT F y"
      })
  void whatNoLoggerWroteIsPassedOver(String line) throws Exception {
    append(line + "\n" + out("b"));
    assertThat(whole()).isEqualTo("1:b\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {20_001, 40_000, 65_500, 65_535, 65_536, 65_537, 131_072, 300_000})
  void aLineTooLongForALoggerIsPassedOverWhole(int length) throws Exception {
    append(out("a") + "x".repeat(length) + " stdout F not a record\n" + out("b"));
    assertThat(whole()).isEqualTo("1:a\n1:b\n");
  }

  @Test
  void theOlderFileComesFirst() throws Exception {
    append(out("old"));
    rotate();
    append(out("new"));
    assertThat(whole()).isEqualTo("1:old\n1:new\n");
  }

  @Test
  void aFollowerMissesNothingWhenTheLogIsRotated() throws Exception {
    append(out("1"));
    try (LogReader reader = LogReader.open(log)) {
      assertThat(rest(reader)).isEqualTo("1:1\n");
      append(out("2") + "to");
      assertThat(rest(reader)).isEqualTo("1:2\n");
      rotate();
      assertThat(reader.next()).as("renamed, and no new one yet").isNull();
      append(out("3"));
      assertThat(rest(reader)).as("the torn end can not be finished any more").isEqualTo("1:3\n");
      append(out("4"));
      rotate();
      append(out("5"));
      assertThat(rest(reader)).isEqualTo("1:4\n1:5\n");
      for (int i = 6; i < 20; i++) {
        append(out("a" + i));
        rotate();
        append(out("b" + i));
        assertThat(rest(reader)).isEqualTo("1:a" + i + "\n1:b" + i + "\n");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '¤',
      value = {"0, ''", "1, '2:e^'", "2, '1:c^2:e^'", "3, '1:b^1:c^2:e^'", "9, '1:a^1:b^1:c^2:e^'"})
  void theLastLinesAreOfBothStreamsTogether(int lines, String text) throws Exception {
    append(out("a") + out("b") + out("c") + record("stderr", 'F', "e"));
    assertThat(last(lines)).isEqualTo(text.replace("'", "").replace('^', '\n'));
  }

  @Test
  void theLastLineMayBeOpen() throws Exception {
    append(out("a") + record("stdout", 'P', "b1 ") + record("stdout", 'P', "b2"));
    assertThat(last(0)).isEmpty();
    assertThat(last(1)).isEqualTo("1:b1 1:b2");
    assertThat(last(2)).isEqualTo("1:a\n1:b1 1:b2");
  }

  @Test
  void aLineOfManyPartsIsOneLine() throws Exception {
    append(out("a"));
    for (int i = 0; i < 500; i++) {
      append(record("stdout", 'P', i + ","));
    }
    append(out("end"));
    assertThat(last(1)).startsWith("1:0,1:1,").endsWith("1:499,1:end\n");
    append(out("z"));
    assertThat(last(1)).isEqualTo("1:z\n");
  }

  @Test
  void afterTheLastLinesAFollowerGoesOn() throws Exception {
    append(out("a") + out("b"));
    try (LogReader reader = LogReader.open(log)) {
      assertThat(reader.last(1)).hasSize(1);
      append(out("c"));
      assertThat(rest(reader)).isEqualTo("1:c\n");
    }
  }

  /** Descriptors are few: a follower of a log that is rotated often holds one. */
  @Test
  void closesTheFilesItLeaves() throws Exception {
    append(out("a"));
    try (LogReader reader = LogReader.open(log)) {
      for (int i = 0; i < 50; i++) {
        rest(reader);
        rotate();
        append(out("x"));
      }
      rest(reader);
      assertThat(openLogs()).hasSize(1);
    }
    assertThat(openLogs()).isEmpty();
  }

  private List<String> openLogs() throws IOException {
    try (var fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.map(fd -> fd.toFile().toPath())
          .map(LogReaderTest::target)
          .filter(target -> target.startsWith(directory.toString()))
          .toList();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return ""; // the listing's own
    }
  }
}
