package dev.reg.build;

import java.io.PrintStream;

/** Short lines for whoever waits: what is being done to which template. */
final class Progress {
  private final PrintStream out;
  private final String name;

  Progress(PrintStream out, String name) {
    this.out = out;
    this.name = name;
  }

  void say(String what) {
    out.println(name + ": " + Text.line(what));
    out.flush();
  }

  /** {@code 12 MB}, {@code 340 kB}; decimal, as apt counts. */
  static String size(long bytes) {
    if (bytes >= 9_950_000) {
      return Math.round(bytes / 1e6) + " MB";
    }
    if (bytes >= 1_000_000) {
      return Math.round(bytes / 1e5) / 10.0 + " MB";
    }
    return Math.max(1, Math.round(bytes / 1e3)) + " kB";
  }
}
