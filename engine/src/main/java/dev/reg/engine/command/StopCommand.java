package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Model.OptionSpec;

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
    Duration patience = patience(arguments);
    return new Each(context, caller)
        .changeTogether(
            arguments.operands(),
            container -> {},
            containers -> context.containers().endings().stop(containers, patience));
  }

  /** How long to wait before SIGKILL, as an option. */
  static OptionSpec time() {
    return Specs.value(
        "SECONDS",
        "How long to wait before SIGKILL; " + PATIENCE + " by default.",
        "-t",
        Grammar.TIME);
  }

  static Duration patience(Arguments arguments) throws RegException {
    return Duration.ofSeconds(arguments.number(Grammar.TIME, 0, LONGEST, PATIENCE));
  }
}
