package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code diff}: what a container changed of its root; mounts are not part of that. */
final class DiffCommand implements Command {
  private final Context context;

  DiffCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command("diff", "Lists what a container added (A), changed (C) and deleted (D).");
    spec.addPositional(Specs.container());
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container = context.container(caller, arguments.operands().getFirst());
    StringBuilder text = new StringBuilder();
    for (String change : context.containers().changes(container)) {
      // A name may hold what would be taken for another line, or for a terminal's orders.
      text.append(change.replaceAll("\\p{Cc}", "?")).append('\n');
    }
    caller.out(text);
    return 0;
  }
}
