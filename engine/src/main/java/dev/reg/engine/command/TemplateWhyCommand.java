package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.template.Closure;
import dev.reg.template.ContainerPath;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.report.Chain;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code template why}: what brought a file in, step by step. */
final class TemplateWhyCommand implements Command {
  private final Context context;

  TemplateWhyCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command("why", "Shows what brought a file into templates, step by step.", format());
    spec.usageMessage().customSynopsis("reg template why [OPTIONS] [NAME[@VERSION]] PATH");
    spec.addPositional(
        operands(
                "NAME[@VERSION] PATH",
                "1..2",
                "The path in a container, after the template; without one, in all that are stored.")
            .toBuilder()
            .hideParamSyntax(true)
            .build());
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    List<String> operands = arguments.operands();
    if (operands.size() > 2) {
      throw new RegException(
          ErrorKind.INVALID, "template why: one word too many: " + Text.quote(operands.get(2)));
    }
    String path = ContainerPath.named(operands.getLast());
    List<Head> heads =
        operands.size() == 1
            ? context.templates().list()
            : context.closure(
                caller, context.templates().find(TemplateRef.parse(operands.getFirst())));
    boolean found = false;
    for (Head head : heads) {
      if (has(head, path)) {
        found = true;
        Optional<Provenance> provenance = context.templates().provenance(head);
        List<Chain.Step> steps = provenance.map(known -> Chain.of(known, path)).orElse(List.of());
        caller.out(json ? Json.line(json(head, path, steps)) : text(head, path, provenance, steps));
      }
    }
    if (!found) {
      throw new RegException(
          ErrorKind.NOT_FOUND,
          Text.quote(path)
              + " is in "
              + (operands.size() == 1
                  ? "no stored template"
                  : "neither " + operands.getFirst() + " nor what it requires"));
    }
    return 0;
  }

  private boolean has(Head head, String path) throws RegException, IOException {
    return Closure.entries(context.templates().load(head)).stream()
        .anyMatch(entry -> !(entry instanceof Entry.Directory) && entry.path().equals(path));
  }

  private static String text(
      Head head, String path, Optional<Provenance> provenance, List<Chain.Step> steps) {
    StringBuilder text = new StringBuilder(head.id()).append('\n');
    if (steps.isEmpty()) {
      text.append("  ")
          .append(path)
          .append(
              provenance.map(Provenance::source).filter(TemplateWhyCommand::isKnown).isEmpty()
                  ? " is in it, and nobody recorded why: the template was written by hand\n"
                  : " is in it, and nobody recorded why\n");
    }
    for (Chain.Step step : steps) {
      text.append("  ").append(step.subject()).append(' ').append(Chain.words(step.why()));
      if (step.from() != null) {
        text.append(" (").append(step.from().name()).append(' ');
        text.append(step.from().version()).append(')');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static boolean isKnown(BuiltFrom source) {
    return !(source instanceof BuiltFrom.File);
  }

  private static ObjectNode json(Head head, String path, List<Chain.Step> steps) {
    ObjectNode json = Json.object();
    json.put("template", head.id()).put("path", path);
    ArrayNode all = json.putArray("steps");
    for (Chain.Step step : steps) {
      ObjectNode one = all.addObject();
      one.put("subject", step.subject()).put("why", Chain.words(step.why()));
      if (step.from() != null) {
        one.put("package", step.from().name()).put("version", step.from().version());
      }
    }
    return json;
  }
}
