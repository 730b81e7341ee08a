package dev.reg.engine.log;

import java.io.PrintStream;

/**
 * The engine's {@link System.LoggerFinder}. The JDK's own, java.util.logging, writes two lines a
 * record and takes 40 ms of a start. Level INFO, or the value of the property {@code reg.log}.
 */
public final class LineLoggers extends System.LoggerFinder {
  private final System.Logger.Level least;
  private final PrintStream out;

  public LineLoggers() {
    this(System.Logger.Level.valueOf(System.getProperty("reg.log", "INFO")), System.err);
  }

  LineLoggers(System.Logger.Level least, PrintStream out) {
    super();
    this.least = least;
    this.out = out;
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new LineLogger(name.substring(name.lastIndexOf('.') + 1), least, out);
  }
}
