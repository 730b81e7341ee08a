package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;

/**
 * {@code engine …}, for an engine that answers: the client and the starter deal with one that does
 * not.
 */
final class EngineCommand implements Command {
  private final Context context;

  EngineCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    int pid = context.control().pid();
    switch (arguments.command()) {
      case "engine start" -> {}
      case "engine stop" -> {
        caller.farewell();
        context.control().stop();
      }
      case "engine status" ->
          caller.out(
              Json.wanted(arguments)
                  ? Json.line(Json.object().put("running", true).put("pid", pid))
                  : "the engine is running, pid " + pid + "\n");
      default ->
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot run an engine: one with pid " + pid + " answers here already");
    }
    return 0;
  }
}
