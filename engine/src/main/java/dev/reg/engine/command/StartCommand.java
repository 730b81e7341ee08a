package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;

/** {@code start}: one after the other; one that runs already is no mistake. */
final class StartCommand implements Command {
  private final Context context;

  StartCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    return new Each(context, caller)
        .change(arguments.operands(), container -> start(caller, container));
  }

  void start(Caller caller, Container container) throws RegException, IOException {
    if (container.state().isLive()) {
      return;
    }
    try (StartMounts mounts =
        StartMounts.open(caller, context.layout(), container.spec(), "cannot start", "start")) {
      new StartRenewal(context, caller).renew(container);
      context.containers().start(container, mounts.input(null));
    }
  }
}
