package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Wish;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** {@code generate}: everything of a run but the run. */
final class GenerateCommand implements Command {
  private final Context context;

  GenerateCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    if (arguments.has(Grammar.UPDATE)) {
      return update(caller, arguments);
    }
    if (arguments.has(Grammar.SCRIPT)) {
      throw new RegException(
          ErrorKind.INVALID,
          "generate: --script is for --update, which renews the script's lock; 'reg run --script'"
              + " runs it");
    }
    Container container;
    try (Making making = new Making(context, caller, arguments)) {
      Wish wish = RunCommand.wish(context, making);
      try (IdFile file = IdFile.create(caller, arguments)) {
        container =
            context.containers().generate(wish, RunCommand.copy(caller, making, wish.draft()));
        file.write(container.id());
      }
    }
    caller.out(container.id() + "\n");
    return 0;
  }

  private int update(Caller caller, Arguments arguments) throws RegException, IOException {
    Set<String> others = new TreeSet<>(arguments.options().keySet());
    others.removeAll(List.of(Grammar.UPDATE, Grammar.PROJECT, Grammar.PULL, Grammar.SCRIPT));
    boolean more = arguments.operands().size() > (arguments.has(Grammar.SCRIPT) ? 1 : 0);
    if (!others.isEmpty() || more) {
      throw new RegException(
          ErrorKind.INVALID,
          "generate: --update renews a lock and generates nothing: leave out "
              + (others.isEmpty() ? "the command" : String.join(", ", others)));
    }
    try (Making making = new Making(context, caller, arguments)) {
      List<String> changes = making.update();
      caller.out(changes.isEmpty() ? "nothing has changed\n" : String.join("\n", changes) + "\n");
    }
    return 0;
  }
}
