package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.time.Duration;

/** {@code stop}: all at once, so that the slowest one decides. */
final class StopCommand implements Command {
  private static final int PATIENCE = 10;
  private static final int LONGEST = 86_400;

  private final Context context;

  StopCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    int seconds = arguments.number(Grammar.TIME, 0, LONGEST, PATIENCE);
    return new Each(context, caller)
        .changeTogether(
            arguments.operands(),
            container -> {},
            containers ->
                context.containers().endings().stop(containers, Duration.ofSeconds(seconds)));
  }
}
