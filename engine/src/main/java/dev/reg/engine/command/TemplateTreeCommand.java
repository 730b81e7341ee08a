package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.report.Bulk;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code template tree}: what a template requires and which packages it has files of. */
final class TemplateTreeCommand implements Command {
  private static final String NO_PACKAGE = "(of no package)";

  private final Context context;

  TemplateTreeCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command("tree", "Shows what a template requires, and of which packages it is.", format());
    spec.addPositional(operands("NAME[@VERSION]", "1", "The highest version that matches."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    Head head = context.templates().find(TemplateRef.parse(arguments.operands().getFirst()));
    Map<String, Weighed> all = new HashMap<>();
    for (Head each : context.closure(caller, head)) {
      all.put(each.name(), new Weighed(each, bulk(context, each)));
    }
    if (json) {
      caller.out(Json.line(json(all, head.name(), new HashSet<>())));
    } else {
      StringBuilder text = new StringBuilder();
      draw(text, all, head.name(), "", "", new HashSet<>());
      caller.out(text);
    }
    return 0;
  }

  /** A template and how much it has. */
  private record Weighed(Head head, Bulk bulk) {}

  static Bulk bulk(Context context, Head head) throws RegException, IOException {
    return Bulk.of(
        context.templates().load(head),
        context.templates().provenance(head).orElse(null),
        context::size);
  }

  /** What is required twice is drawn once. */
  private static void draw(
      StringBuilder text,
      Map<String, Weighed> all,
      String name,
      String lead,
      String below,
      Set<String> drawn) {
    Weighed weighed = all.get(name);
    if (weighed == null) {
      return; // a closure has all that is required in it
    }
    text.append(lead).append(weighed.head.id());
    if (!drawn.add(name)) {
      text.append(" (see above)\n");
      return;
    }
    text.append("  ").append(TemplateLsCommand.size(weighed.bulk.bytes())).append('\n');
    List<TemplateRef> requires = weighed.head.requires();
    List<Bulk.Part> packages = weighed.bulk.packages();
    for (int i = 0; i < requires.size(); i++) {
      boolean last = i + 1 == requires.size() && packages.isEmpty();
      draw(
          text,
          all,
          requires.get(i).name(),
          below + (last ? "└── " : "├── "),
          below + (last ? "    " : "│   "),
          drawn);
    }
    for (int i = 0; i < packages.size(); i++) {
      Bulk.Part part = packages.get(i);
      text.append(below).append(i + 1 == packages.size() ? "└── " : "├── ");
      text.append(named(part)).append("  ").append(TemplateLsCommand.size(part.bytes()));
      text.append('\n');
    }
  }

  static String named(Bulk.Part part) {
    return part.name().isEmpty() ? NO_PACKAGE : part.name() + " " + part.version();
  }

  private static ObjectNode json(Map<String, Weighed> all, String name, Set<String> drawn) {
    ObjectNode json = Json.object();
    Weighed weighed = all.get(name);
    if (weighed == null) {
      return json;
    }
    json.put("template", weighed.head.id());
    if (drawn.add(name)) {
      json.put("bytes", weighed.bulk.bytes());
      ArrayNode requires = json.putArray("requires");
      weighed.head.requires().forEach(ref -> requires.add(json(all, ref.name(), drawn)));
      parts(json.putArray("packages"), weighed.bulk.packages());
    }
    return json;
  }

  static void parts(ArrayNode to, List<Bulk.Part> parts) {
    for (Bulk.Part part : parts) {
      ObjectNode one = to.addObject();
      if (!part.name().isEmpty()) {
        one.put("name", part.name());
      }
      if (!part.version().isEmpty()) {
        one.put("version", part.version());
      }
      one.put("files", part.files()).put("bytes", part.bytes());
    }
  }
}
