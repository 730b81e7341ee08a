package dev.reg.engine.command;

import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Terminal;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Whether a program that a caller stays with gets a terminal of its own. */
final class Terminals {
  private Terminals() {}

  /** A contradiction among the words, found before anything is made. */
  static void check(Arguments arguments) throws RegException {
    if (!arguments.has(Grammar.TTY)) {
      return;
    }
    String other =
        arguments.has(Grammar.NO_TTY)
            ? Grammar.NO_TTY
            : arguments.has(Grammar.DETACH) ? Grammar.DETACH : null;
    if (other != null) {
      throw new RegException(
          ErrorKind.INVALID,
          arguments.command()
              + ": "
              + Grammar.TTY
              + " contradicts "
              + other
              + (other.equals(Grammar.DETACH) ? ": nobody would be at the terminal" : ""));
    }
  }

  /**
   * Asks the caller's client for one when it is wanted: by {@code --tty}, or because input and
   * output are terminals and there is no {@code --no-tty}. Standard error that leads elsewhere
   * stays the caller's, unless {@code --tty} makes up for terminals that are not there.
   *
   * @return null when the program gets the caller's streams; else to be closed once it was started
   */
  static @Nullable Terminal ask(Arguments arguments, Caller caller)
      throws RegException, IOException {
    if (arguments.has(Grammar.NO_TTY)) {
      return null;
    }
    boolean both = caller.isTerminal(0) && caller.isTerminal(1);
    if (!both && !arguments.has(Grammar.TTY)) {
      return null;
    }
    return new Terminal(caller.terminal(), !both || caller.isTerminal(2));
  }

  /** The program's streams. */
  static StartInput.Streams streams(Caller caller, @Nullable Terminal terminal) {
    return new StartInput.Streams(caller.stdin(), caller.stdout(), caller.stderr(), terminal);
  }
}
