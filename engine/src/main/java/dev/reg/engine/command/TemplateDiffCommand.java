package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.report.Difference;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code template diff}: what differs between two stored templates, as {@code diff} prints it. */
final class TemplateDiffCommand implements Command {
  private static final int FLUSH = 65_536;

  private final Context context;

  TemplateDiffCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command(
            "diff",
            "Lists what the second template has more (A), otherwise (C) and not (D).",
            format());
    spec.usageMessage().customSynopsis("reg template diff [OPTIONS] NAME[@VERSION] NAME[@VERSION]");
    spec.addPositional(
        operands("NAME[@VERSION]", "1..2", "Two, without what they require.").toBuilder()
            .hideParamSyntax(true)
            .build());
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    List<String> operands = arguments.operands();
    if (operands.size() != 2) {
      throw new RegException(
          ErrorKind.INVALID, "template diff wants two templates, not " + operands.size());
    }
    Head a = context.templates().find(TemplateRef.parse(operands.getFirst()));
    Head b = context.templates().find(TemplateRef.parse(operands.getLast()));
    Difference difference =
        Difference.of(
            context.templates().load(a),
            context.templates().provenance(a).filter(TemplateDiffCommand::tells).orElse(null),
            context.templates().load(b),
            context.templates().provenance(b).filter(TemplateDiffCommand::tells).orElse(null),
            context::size);
    if (json) {
      caller.out(Json.line(json(a, b, difference)));
    } else {
      print(caller, difference);
    }
    return 0;
  }

  /** Of what was written by hand, or has too many files, only that is known. */
  private static boolean tells(Provenance provenance) {
    return !provenance.files().isEmpty();
  }

  private static void print(Caller caller, Difference difference) throws RegException, IOException {
    StringBuilder text = new StringBuilder();
    for (Difference.Path path : difference.paths()) {
      text.append(letter(path)).append(' ').append(path.path()).append("  ");
      text.append(change(show(path.before()), show(path.after()))).append('\n');
      if (text.length() > FLUSH) {
        caller.out(text);
        text.setLength(0);
      }
    }
    difference.settings().forEach(value -> text.append(line("", value)));
    difference.packages().forEach(value -> text.append(line("package ", value)));
    text.append(count(difference, 'A')).append(" added, ");
    text.append(count(difference, 'C')).append(" changed, ");
    text.append(count(difference, 'D')).append(" removed; ");
    long growth = difference.growth();
    text.append(growth < 0 ? "-" : "+").append(TemplateLsCommand.size(Math.abs(growth)));
    caller.out(text.append('\n'));
  }

  /** Values are the template's, and may have what a terminal obeys. */
  private static String line(String what, Difference.Value value) {
    String text =
        letter(value.before(), value.after())
            + " "
            + what
            + value.name()
            + "  "
            + change(value.before(), value.after());
    return text.replaceAll("\\p{Cc}", "?") + "\n";
  }

  private static char letter(Difference.Path path) {
    return letter(path.before(), path.after());
  }

  private static char letter(@Nullable Object before, @Nullable Object after) {
    return before == null ? 'A' : after == null ? 'D' : 'C';
  }

  private static long count(Difference difference, char letter) {
    return difference.paths().stream().filter(path -> letter(path) == letter).count();
  }

  private static String change(@Nullable String before, @Nullable String after) {
    if (before == null || after == null) {
      return before == null ? String.valueOf(after) : before;
    }
    return before + " -> " + after;
  }

  private static @Nullable String show(Difference.@Nullable Node node) {
    return node == null
        ? null
        : switch (node.kind()) {
          case "file" -> TemplateLsCommand.size(node.bytes());
          case "link" -> "link to " + node.what();
          default -> node.kind() + " " + node.what();
        };
  }

  private static ObjectNode json(Head a, Head b, Difference difference) {
    ObjectNode json = Json.object();
    json.put("first", a.id()).put("second", b.id());
    ArrayNode paths = json.putArray("paths");
    for (Difference.Path path : difference.paths()) {
      ObjectNode one = paths.addObject();
      one.put("path", path.path()).put("change", String.valueOf(letter(path)));
      node(one, "before", path.before());
      node(one, "after", path.after());
    }
    values(json.putArray("settings"), difference.settings());
    values(json.putArray("packages"), difference.packages());
    json.put("added", count(difference, 'A'));
    json.put("changed", count(difference, 'C'));
    json.put("removed", count(difference, 'D'));
    json.put("growth", difference.growth());
    return json;
  }

  private static void node(ObjectNode to, String name, Difference.@Nullable Node node) {
    if (node != null) {
      to.putObject(name)
          .put("kind", node.kind())
          .put("what", node.what())
          .put("bytes", node.bytes());
    }
  }

  private static void values(ArrayNode to, List<Difference.Value> values) {
    for (Difference.Value value : values) {
      to.addObject()
          .put("name", value.name())
          .put("before", value.before())
          .put("after", value.after());
    }
  }
}
