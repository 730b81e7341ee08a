package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;

/** {@code kill}: a signal, and no waiting for what it does. */
final class KillCommand implements Command {
  private final Context context;

  KillCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    int signal = Signals.parse("kill", arguments.one(Grammar.SIGNAL, "KILL"));
    return new Each(context, caller)
        .change(
            arguments.operands(),
            container -> context.containers().endings().signal(container, signal));
  }
}
