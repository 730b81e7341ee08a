package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code rename}: another name for a container, whatever its state. */
final class RenameCommand implements Command {
  private final Context context;

  RenameCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec = command("rename", "Gives a container another name.");
    spec.addPositional(Specs.container());
    spec.addPositional(operands("NAME", "1", "The new name.").toBuilder().index("1").build());
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container = context.container(caller, arguments.operands().getFirst());
    String name = arguments.operands().getLast();
    if (name.equals(container.name())) {
      throw new RegException(
          ErrorKind.INVALID, "rename: container " + name + " has this name already");
    }
    context.containers().rename(container, name);
    return 0;
  }
}
