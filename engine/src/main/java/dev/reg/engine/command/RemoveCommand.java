package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code remove}: all at once. */
final class RemoveCommand implements Command {
  private final Context context;

  RemoveCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean force = arguments.has(Grammar.FORCE);
    boolean purge = arguments.has(Grammar.PURGE);
    if (purge) {
      Access.of(caller.peer()).checkWhole("drop environments: others will want them again");
    }
    return new Each(context, caller)
        .changeTogether(
            arguments.operands(),
            container -> {
              if (!force) {
                context.containers().endings().checkRemovable(container);
              }
            },
            containers -> {
              context.containers().endings().remove(containers);
              if (purge) {
                purge(containers);
              }
            });
  }

  private void purge(List<Container> removed) throws RegException, IOException {
    Set<Digest> environments =
        removed.stream().map(c -> c.spec().environment()).collect(Collectors.toSet());
    context
        .templates()
        .exclusively(
            () -> {
              for (Digest environment : environments) {
                if (context.containers().usersOfEnvironment(environment).isEmpty()) {
                  context.environments().remove(environment);
                }
              }
            });
  }
}
