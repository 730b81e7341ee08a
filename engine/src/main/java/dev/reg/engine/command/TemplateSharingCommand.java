package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.Sharing;
import dev.reg.template.Template;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code template sharing}: how much of each template others have, too. */
final class TemplateSharingCommand implements Command {
  private final Context context;

  TemplateSharingCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command("sharing", "Shows how much templates share with one another.", format());
    spec.addPositional(
        operands("NAME[@VERSION]", "0..*", "Which; all that are stored without a name."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    List<Template> templates = new ArrayList<>();
    for (Head head : context.heads(arguments)) {
      templates.add(context.templates().load(head));
    }
    Sharing sharing = Sharing.of(templates, context::size);
    caller.out(json ? Json.line(json(sharing)) : text(sharing));
    return 0;
  }

  private static String text(Sharing sharing) {
    Table each = new Table("TEMPLATE", "TOTAL", "SHARED", "UNIQUE");
    for (Sharing.Part part : sharing.templates()) {
      each.row(
          part.id(),
          TemplateLsCommand.size(part.total()),
          TemplateLsCommand.size(part.shared()),
          TemplateLsCommand.size(part.unique()));
    }
    long sum = sharing.templates().stream().mapToLong(Sharing.Part::total).sum();
    each.row(
        "all of them",
        TemplateLsCommand.size(sum),
        TemplateLsCommand.size(sum - sharing.bytes()),
        TemplateLsCommand.size(sharing.bytes()));
    if (sharing.pairs().isEmpty()) {
      return each.toString();
    }
    Table pairs = new Table("FIRST", "SECOND", "IN BOTH", "OF FIRST", "OF SECOND");
    for (Sharing.Pair pair : sharing.pairs()) {
      pairs.row(
          pair.first(),
          pair.second(),
          TemplateLsCommand.size(pair.shared()),
          percent(pair.ofFirst()),
          percent(pair.ofSecond()));
    }
    return each + "\n" + pairs;
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", fraction * 100);
  }

  private static ObjectNode json(Sharing sharing) {
    ObjectNode json = Json.object();
    ArrayNode templates = json.putArray("templates");
    for (Sharing.Part part : sharing.templates()) {
      templates
          .addObject()
          .put("template", part.id())
          .put("total", part.total())
          .put("shared", part.shared())
          .put("unique", part.unique());
    }
    ArrayNode pairs = json.putArray("pairs");
    for (Sharing.Pair pair : sharing.pairs()) {
      pairs
          .addObject()
          .put("first", pair.first())
          .put("second", pair.second())
          .put("shared", pair.shared())
          .put("ofFirst", pair.ofFirst())
          .put("ofSecond", pair.ofSecond());
    }
    json.put("bytes", sharing.bytes());
    return json;
  }
}
