package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Wish;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;

/** {@code generate}: everything of a run but the run. */
final class GenerateCommand implements Command {
  private final Context context;

  GenerateCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container;
    try (Making making = new Making(context, caller, arguments)) {
      Wish wish = RunCommand.wish(context, making);
      container =
          context.containers().generate(wish, RunCommand.copy(caller, making, wish.draft()));
    }
    caller.out(container.id() + "\n");
    return 0;
  }
}
