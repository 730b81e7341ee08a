package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.Environment;
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
            head, id -> context.containers().containers().usersOfTemplate(id), this::dropUnheld);
    caller.out(head.id() + "\n");
  }

  /** Environments without a holder are a cache; which of them have the template is not recorded. */
  private void dropUnheld() throws IOException {
    for (Environment environment : context.environments().list()) {
      if (context.containers().usersOfEnvironment(environment.id()).isEmpty()) {
        context.environments().remove(environment.id());
      }
    }
  }
}
