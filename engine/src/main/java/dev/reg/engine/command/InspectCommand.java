package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Verification;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code inspect}: an array as Docker prints it, or one object a line. */
final class InspectCommand implements Command {
  private static final int VIOLATED = 1;

  private final Context context;

  InspectCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Format format = Format.of(arguments);
    Each each = new Each(context, caller);
    if (arguments.has(Grammar.VERIFY)) {
      boolean[] violated = new boolean[1];
      int code =
          each.look(
              arguments.operands(), container -> violated[0] |= !verify(caller, container, format));
      return code == 0 && violated[0] ? VIOLATED : code;
    }
    if (format.isTemplate()) {
      return each.look(
          arguments.operands(), c -> caller.out(format.render(ContainerFields.whole(c))));
    }
    if (format.isJson()) {
      return each.look(arguments.operands(), c -> caller.out(Json.line(whole(c))));
    }
    ArrayNode array = new JsonMapper().createArrayNode();
    int code = each.look(arguments.operands(), c -> array.add(whole(c)));
    if (code == 0 || !array.isEmpty()) {
      caller.out(Json.pretty(array));
    }
    return code;
  }

  private ObjectNode whole(Container container) {
    ObjectNode json = ContainerJson.whole(container);
    json.put("execs", context.containers().execs().count(container));
    return json;
  }

  private boolean verify(Caller caller, Container container, Format format)
      throws RegException, IOException {
    Verification found = Verification.of(container, context.layout(), context.environments());
    boolean holds = found.violations().isEmpty();
    if (format.isJson() || format.isTemplate()) {
      var line = Json.object();
      line.put("id", container.id());
      line.put("name", container.name());
      line.put("state", found.state().label());
      line.put("condition", found.condition());
      line.put("holds", holds);
      ContainerJson.strings(line.putArray("violations"), found.violations());
      caller.out(format.isJson() ? Json.line(line) : format.render(Fields.of(line)));
    } else {
      StringBuilder text = new StringBuilder();
      text.append(container.name()).append(": ").append(found.state().label()).append(": ");
      text.append(found.condition()).append(": ").append(holds ? "yes" : "no").append('\n');
      found.violations().forEach(v -> text.append("  ").append(v).append('\n'));
      caller.out(text);
    }
    return holds;
  }
}
