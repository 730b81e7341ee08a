package dev.reg.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LineLoggerTest {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z ";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private System.Logger logger(Level least) {
    return new LineLoggers(least, out)
        .getLogger("dev.reg.engine.container.Journal", LineLoggerTest.class.getModule());
  }

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void aRecordIsOneLineWithTimeLevelAndName() {
    logger(Level.INFO).log(Level.WARNING, "cannot do {it} 100%");
    assertThat(lines()).hasSize(1);
    assertThat(lines().getFirst()).matches(TIME + "WARNING Journal: cannot do \\{it} 100%");
    assertThat(logger(Level.INFO).getName()).isEqualTo("Journal");
  }

  @Test
  void argumentsAreFilledIn() {
    logger(Level.INFO).log(Level.INFO, "{0} of {1}", "one", "two");
    assertThat(lines().getFirst()).endsWith("INFO Journal: one of two");
  }

  @ParameterizedTest
  @EnumSource(
      value = Level.class,
      names = {"TRACE", "DEBUG", "INFO", "WARNING", "ERROR"})
  void lesserLevelsAreLeftOut(Level level) {
    System.Logger logger = logger(Level.WARNING);
    boolean shown = level.compareTo(Level.WARNING) >= 0;
    assertThat(logger.isLoggable(level)).isEqualTo(shown);
    logger.log(level, "a");
    logger.log(level, "{0}", "b");
    logger.log(level, "c", new IOException("d"));
    logger.log(level, () -> "e");
    assertThat(lines().isEmpty()).isEqualTo(!shown);
  }

  @Test
  void aStackTraceFollowsOnIndentedLines() {
    logger(Level.INFO)
        .log(Level.ERROR, "failed", new IOException("why", new IllegalStateException("deeper")));
    List<String> lines = lines();
    assertThat(lines.getFirst()).endsWith("ERROR Journal: failed");
    assertThat(lines.subList(1, lines.size()))
        .allMatch(line -> line.startsWith("  "))
        .anyMatch(line -> line.equals("  java.io.IOException: why"))
        .anyMatch(line -> line.contains("LineLoggerTest.aStackTraceFollowsOnIndentedLines"))
        .anyMatch(line -> line.contains("Caused by: java.lang.IllegalStateException: deeper"));
  }

  /** A container's name or a caller's path may hold anything. */
  @Test
  void whatCameFromOutsideBeginsNoRecordAndNoEscape() {
    String forged = "x\n2026-01-01T00:00:00Z ERROR Daemon: forged\r\u001b[2J\u009b2J\u007f\u0085y";
    logger(Level.INFO).log(Level.INFO, forged);
    logger(Level.INFO).log(Level.INFO, "{0}", forged);
    logger(Level.INFO).log(Level.INFO, "m", new IOException(forged));
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertThat(text.replace("\n", "")).doesNotContainPattern("\\p{Cc}");
    assertThat(text.lines().filter(line -> line.matches(TIME + ".*"))).hasSize(3);
  }

  @Test
  void recordsOfSeveralThreadsDoNotMix() throws Exception {
    System.Logger logger = logger(Level.INFO);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 400; i++) {
        threads.execute(() -> logger.log(Level.INFO, "x".repeat(500)));
      }
    }
    assertThat(lines()).hasSize(400).allMatch(line -> line.matches(TIME + "INFO Journal: x{500}"));
  }
}
