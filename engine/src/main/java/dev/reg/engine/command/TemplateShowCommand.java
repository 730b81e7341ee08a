package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateWriter;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

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
      ObjectNode known = TemplateLsCommand.json(head);
      known.put("shown", context.templates().shown(head).toString());
      ArrayNode traces = known.putArray("traces");
      for (List<String> command : context.templates().traces(head)) {
        ContainerJson.strings(traces.addArray(), command);
      }
      caller.out(Json.line(known));
    } else {
      caller.out(TemplateWriter.write(context.templates().load(head)));
    }
    return 0;
  }
}
