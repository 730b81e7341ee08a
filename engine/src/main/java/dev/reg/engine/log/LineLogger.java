package dev.reg.engine.log;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.time.Instant;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * "2026-11-23T08:30:13.123456Z ERROR engine: message", and for a failure its stack trace on
 * indented lines after it, all in one write.
 */
final class LineLogger implements System.Logger {
  private final String name;
  private final Level least;
  private final PrintStream out;

  LineLogger(String name, Level least, PrintStream out) {
    this.name = name;
    this.least = least;
    this.out = out;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public boolean isLoggable(Level level) {
    return level.getSeverity() >= least.getSeverity();
  }

  @Override
  public void log(
      Level level,
      @Nullable ResourceBundle bundle,
      @Nullable String message,
      @Nullable Throwable thrown) {
    if (!isLoggable(level)) {
      return;
    }
    StringBuilder record = new StringBuilder(160);
    record.append(Instant.now()).append(' ').append(level.getName()).append(' ').append(name);
    record.append(": ");
    appendPlain(record, String.valueOf(message));
    record.append('\n');
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      for (String line : trace.toString().split("\n", -1)) {
        if (!line.isEmpty()) {
          record.append("  ");
          appendPlain(record, line.replace('\t', ' '));
          record.append('\n');
        }
      }
    }
    synchronized (out) {
      out.append(record).flush();
    }
  }

  @Override
  public void log(
      Level level, @Nullable ResourceBundle bundle, String format, @Nullable Object... params) {
    if (isLoggable(level)) {
      boolean plain = params == null || params.length == 0;
      log(level, bundle, plain ? format : MessageFormat.format(format, params), (Throwable) null);
    }
  }

  /** What came from outside cannot begin a record of its own. */
  private static void appendPlain(StringBuilder record, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      record.append(Character.isISOControl(c) ? '?' : c);
    }
  }
}
