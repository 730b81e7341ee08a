package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /** Every form of every signal. */
  private static final Map<String, Integer> NUMBERS = numbers();

  private static Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    for (int number = 1; number <= HIGHEST; number++) {
      numbers.put(Integer.toString(number), number);
      numbers.put(name(number), number);
      if (number >= RTMIN) {
        numbers.put("RTMIN" + (number == RTMIN ? "" : "+" + (number - RTMIN)), number);
        numbers.put("RTMAX" + (number == HIGHEST ? "" : "-" + (HIGHEST - number)), number);
      }
    }
    return numbers;
  }

  private Signals() {}

  /** Reads {@code TERM}, {@code SIGTERM}, {@code RTMIN+3}, {@code RTMAX-3} or a number. */
  static int parse(String command, String text) throws RegException {
    String name = text.toUpperCase(Locale.ROOT);
    Integer number = NUMBERS.get(name.startsWith("SIG") ? name.substring(3) : name);
    if (number != null) {
      return number;
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
