package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateWriter;
import java.io.IOException;

/** {@code template show}: the stored YAML, or what a start knows of it as JSON. */
final class TemplateShowCommand implements Command {
  private final Context context;

  TemplateShowCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    Head head = context.templates().find(TemplateRef.parse(arguments.operands().getFirst()));
    if (json) {
      caller.out(Json.line(TemplateLsCommand.json(head)));
    } else {
      caller.out(TemplateWriter.write(context.templates().load(head)));
    }
    return 0;
  }
}
