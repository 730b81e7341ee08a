package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code __complete}: the names that completion scripts offer, one a line. Not shown in the help;
 * the starter starts no engine for it.
 */
final class NamesCommand implements Command {
  static final String NAME = "__complete";

  private final Context context;

  NamesCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec = Specs.command(NAME, "Names for completion scripts.");
    spec.usageMessage().hidden(true);
    spec.addPositional(Specs.operands("containers|templates", "1", "Which names."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Set<String> names = new TreeSet<>();
    switch (arguments.operands().getFirst()) {
      case "containers" -> {
        for (Container each : context.containers().containers().list(Access.of(caller.peer()))) {
          names.add(each.name());
        }
      }
      case "templates" -> {
        context.templates().list().stream().map(Head::name).forEach(names::add);
        names.addAll(context.templates().recipes());
      }
      default -> {
        // A script of a later version: nothing to offer.
      }
    }
    StringBuilder text = new StringBuilder();
    names.forEach(name -> text.append(name).append('\n'));
    caller.out(text);
    return 0;
  }
}
