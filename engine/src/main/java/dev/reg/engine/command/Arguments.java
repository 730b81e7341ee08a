package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed command line; immutable, so that the same words need not be parsed twice.
 *
 * @param command its full name: {@code run}, {@code template ls}
 * @param options by their longest name; a flag that was given has an empty list
 * @param operands what is no option
 * @param help what {@code --help} prints, when that was asked for; else null
 */
record Arguments(
    String command,
    Map<String, List<String>> options,
    List<String> operands,
    @Nullable String help) {
  Arguments {
    options = Map.copyOf(options);
    operands = List.copyOf(operands);
  }

  boolean has(String option) {
    return options.containsKey(option);
  }

  /** Every value of an option that may be repeated. */
  List<String> all(String option) {
    return options.getOrDefault(option, List.of());
  }

  /** The value, the last one when repeated; null when not given. */
  @Nullable String one(String option) {
    List<String> values = all(option);
    return values.isEmpty() ? null : values.getLast();
  }

  String one(String option, String otherwise) {
    String value = one(option);
    return value == null ? otherwise : value;
  }

  /** INVALID unless it is a whole number from {@code least} to {@code most}. */
  int number(String option, int least, int most, int otherwise) throws RegException {
    String value = one(option);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, with the range.
    }
    throw new RegException(
        ErrorKind.INVALID,
        command
            + ": "
            + option
            + " wants a number from "
            + least
            + " to "
            + most
            + ", not '"
            + value
            + "'");
  }
}
