package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import java.util.Locale;

/** Names of signals: signal(7), the numbers of x86 and ARM. */
final class Signals {
  static final int KILL = 9;
  static final int TERM = 15;
  private static final int HIGHEST = 64;
  private static final int RTMIN = 34;

  /** From number 1 on. */
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private Signals() {}

  /** Reads {@code TERM}, {@code SIGTERM}, {@code RTMIN+3} or a number. */
  static int parse(String command, String text) throws RegException {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.startsWith("SIG")) {
      name = name.substring(3);
    }
    int index = NAMES.indexOf(name);
    if (index >= 0) {
      return index + 1;
    }
    try {
      int number =
          name.startsWith("RTMIN+")
              ? RTMIN + Integer.parseInt(name.substring(6))
              : name.equals("RTMIN") ? RTMIN : Integer.parseInt(name);
      if (number >= 1 && number <= HIGHEST) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new RegException(
        ErrorKind.INVALID,
        command
            + ": '"
            + text
            + "' is no signal; use a name such as TERM or a number from 1 to 64");
  }

  /** {@code TERM}, or the number of one that has no name. */
  static String name(int signal) {
    return signal <= NAMES.size() ? NAMES.get(signal - 1) : Integer.toString(signal);
  }
}
