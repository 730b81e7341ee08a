package dev.reg.engine.command;

import dev.reg.engine.building.Pull;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;

/** The words of {@code --pull}. */
final class Pulls {
  private Pulls() {}

  static Pull of(Arguments arguments) throws RegException {
    String word = arguments.one(Grammar.PULL, "missing");
    return switch (word) {
      case "always" -> Pull.ALWAYS;
      case "missing" -> Pull.MISSING;
      case "never" -> Pull.NEVER;
      default ->
          throw new RegException(
              ErrorKind.INVALID,
              arguments.command() + ": --pull wants always, missing or never, not '" + word + "'");
    };
  }
}
