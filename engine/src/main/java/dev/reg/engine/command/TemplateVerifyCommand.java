package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.building.Templates.Resolved;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import dev.reg.template.complete.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code template verify}: whether templates are as they were stored, and as complete as they
 * declare.
 */
final class TemplateVerifyCommand implements Command {
  private static final String LOADER = "--loader";

  /** As {@code inspect --verify}: something is not as it should be. */
  private static final int WRONG = 1;

  private static final int ASSUMED_SHOWN = 2;

  private final Context context;

  TemplateVerifyCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command(
            "verify",
            "Reads templates' files again, and looks whether anything they need is missing.",
            flag("Also ask templates' own loaders where they declare less.", LOADER),
            format());
    spec.addPositional(
        operands("NAME[@VERSION]", "0..*", "Which; all that are stored without a name."));
    spec.usageMessage().footer("", "The exit code is 1 when anything is wrong.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    boolean right = true;
    for (Head head : context.heads(arguments)) {
      Found found = verify(head, arguments.has(LOADER), caller);
      right &= found.isRight();
      caller.out(json ? Json.line(json(head, found)) : text(head, found));
    }
    return right ? 0 : WRONG;
  }

  /**
   * What was found of one template.
   *
   * @param damage of stored files
   */
  private record Found(Level declared, List<String> damage, Verdict verdict) {
    boolean isRight() {
      return damage.isEmpty() && verdict.isComplete();
    }
  }

  private Found verify(Head head, boolean loader, Caller caller) throws RegException, IOException {
    Template template = context.templates().load(head);
    List<String> damage = new ArrayList<>();
    for (Map.Entry<ObjectId, String> object : objects(template).entrySet()) {
      for (String problem : context.objects().problems(object.getKey())) {
        damage.add(object.getValue() + ": " + problem);
      }
    }
    boolean asks = loader || template.level().compareTo(Level.LOADER) >= 0;
    if (!damage.isEmpty()) {
      // Of what is damaged nobody can say what it needs.
      Verdict none = new Verdict(Level.NONE, template.files().size(), 0, 0, List.of(), List.of());
      return new Found(template.level(), damage, none);
    }
    Resolved resolved = context.templates().resolve(List.of(head.id()), new CallerWatcher(caller));
    Verdict verdict =
        context
            .templates()
            .completeness()
            .verdict(head, resolved.closure(), template, asks ? Level.LOADER : Level.STATIC);
    return new Found(template.level(), damage, verdict);
  }

  /** With a path of each, by which people know them. */
  private static Map<ObjectId, String> objects(Template template) {
    Map<ObjectId, String> objects = new LinkedHashMap<>();
    for (TemplateFile file : template.files()) {
      objects.putIfAbsent(file.object(), file.path());
    }
    for (TemplateLib lib : template.libs()) {
      objects.putIfAbsent(lib.object(), Objects.requireNonNull(lib.path(), lib.name()));
    }
    return objects;
  }

  private static String text(Head head, Found found) {
    Verdict verdict = found.verdict;
    StringBuilder out = new StringBuilder(head.id());
    if (found.isRight()) {
      out.append(": complete (").append(verdict.level()).append("; declared ");
      out.append(found.declared).append("), ").append(verdict.files()).append(" files, ");
      out.append(verdict.elf()).append(" dynamic ELF files, ");
      out.append(verdict.scripts()).append(" scripts\n");
    } else {
      out.append(found.damage.isEmpty() ? ": not complete\n" : ": damaged\n");
    }
    found.damage.forEach(line -> out.append("  ").append(line).append('\n'));
    verdict.problems().forEach(line -> out.append("  ").append(line).append('\n'));
    List<String> assumed = verdict.assumptions();
    assumed.stream()
        .limit(ASSUMED_SHOWN)
        .forEach(line -> out.append("  assumed: ").append(line).append('\n'));
    if (assumed.size() > ASSUMED_SHOWN) {
      out.append("  and ").append(assumed.size() - ASSUMED_SHOWN).append(" more assumed so; ");
      out.append("--format json has all\n");
    }
    return out.toString();
  }

  private static ObjectNode json(Head head, Found found) {
    ObjectNode json = Json.object();
    json.put("template", head.id());
    json.put("right", found.isRight());
    json.put("declared", found.declared.toString());
    json.put("level", found.verdict.level().toString());
    json.put("files", found.verdict.files());
    json.put("elf", found.verdict.elf());
    json.put("scripts", found.verdict.scripts());
    Map<String, List<String>> lists = new TreeMap<>();
    lists.put("damage", found.damage);
    lists.put("problems", found.verdict.problems());
    lists.put("assumptions", found.verdict.assumptions());
    lists.forEach(
        (name, lines) -> {
          ArrayNode array = json.putArray(name);
          lines.forEach(array::add);
        });
    return json;
  }
}
