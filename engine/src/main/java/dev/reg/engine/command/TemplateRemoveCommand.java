package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;

/** {@code template remove}: templates that nobody uses, with the environments nobody holds. */
final class TemplateRemoveCommand implements Command {
  private final Context context;

  TemplateRemoveCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Each each = new Each(context, caller);
    for (String name : arguments.operands()) {
      each.attempt(() -> remove(caller, name));
    }
    return each.code();
  }

  private void remove(Caller caller, String name) throws RegException, IOException {
    Head head = context.templates().find(TemplateRef.parse(name));
    context
        .templates()
        .remove(
            head,
            id -> context.containers().containers().usersOfTemplate(id),
            new Unheld(context.containers(), context.environments())::drop);
    caller.out(head.id() + "\n");
  }
}
