package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code restart}: stop, all at once, then start, one after the other. One that does not run is
 * only started. What can never be started again is not stopped.
 */
final class RestartCommand implements Command {
  private static final String TRIED = "cannot restart";

  private final Context context;

  RestartCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    return Specs.names(
        "restart", "Stops containers that run, and starts all again.", StopCommand.time());
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Duration patience = StopCommand.patience(arguments);
    StartCommand start = new StartCommand(context);
    Each each = new Each(context, caller);
    Map<String, Container> stopped = new LinkedHashMap<>();
    for (Map.Entry<String, Container> found : each.find(arguments.operands()).entrySet()) {
      each.attempt(
          () -> {
            check(caller, found.getValue());
            stopped.put(found.getKey(), found.getValue());
          });
    }
    context.containers().endings().stop(stopped.values().stream().toList(), patience);
    for (Map.Entry<String, Container> one : stopped.entrySet()) {
      each.attempt(
          () -> {
            start.start(caller, one.getValue());
            caller.out(one.getKey() + "\n");
          });
    }
    return each.code();
  }

  private static void check(Caller caller, Container container) throws RegException {
    if (container.state().isLive() && container.spec().remove()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          TRIED
              + " container "
              + container.name()
              + ": it was made with --rm and is removed when it ends; run it anew");
    }
    StartMounts.check(caller, container.spec(), TRIED, "restart");
  }
}
