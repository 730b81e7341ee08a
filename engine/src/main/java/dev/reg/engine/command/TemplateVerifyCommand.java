package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.building.Templates.Resolved;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.Environment;
import dev.reg.store.ObjectId;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.complete.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
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
            "Reads templates' and environments' files again; looks whether anything is missing.",
            flag("Also ask templates' own loaders where they declare less.", LOADER),
            format());
    spec.addPositional(
        operands("NAME[@VERSION]", "0..*", "Which; all that are stored without a name."));
    spec.usageMessage()
        .footer(
            "",
            "Without a name, all templates and all environments. The exit code is 1 when anything is"
                + " wrong. An environment that alone is damaged is made again after 'reg prune'"
                + " has removed it.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    boolean right = true;
    Looked looked = new Looked(new HashMap<>(), new HashSet<>());
    for (Head head : context.heads(arguments)) {
      Found found = verify(head, arguments.has(LOADER), caller, looked);
      right &= found.isRight();
      caller.out(json ? Json.line(json(head, found)) : text(head, found));
    }
    if (arguments.operands().isEmpty()) {
      for (Environment environment : context.environments().list()) {
        List<String> damage = damage(environment.id(), looked);
        if (!damage.isEmpty()) {
          right = false;
          caller.out(json ? Json.line(json(environment, damage)) : text(environment, damage));
        }
      }
    }
    return right ? 0 : WRONG;
  }

  /**
   * What this command has looked at already: templates share most of it.
   *
   * @param objects what is wrong with each
   */
  private record Looked(Map<ObjectId, List<String>> objects, Set<Digest> environments) {}

  /**
   * What was found of one template.
   *
   * @param damage of stored files, its own and those of the templates it requires, and of the
   *     environment that was made of them
   * @param traces commands whose traced runs opened nothing outside
   * @param waived what is left out of what its libraries open by name, with the reason
   */
  private record Found(
      Level declared,
      List<String> damage,
      Verdict verdict,
      List<List<String>> traces,
      Map<String, String> waived) {
    /** What was shown now, or by a trace of what is still the same. */
    Level shown() {
      boolean traced = !traces.isEmpty() && isRight() && verdict.level() == Level.LOADER;
      return traced ? Level.TRACE : verdict.level();
    }

    boolean isRight() {
      return damage.isEmpty() && verdict.isComplete();
    }
  }

  private Found verify(Head head, boolean loader, Caller caller, Looked looked)
      throws RegException, IOException {
    Template template = context.templates().load(head);
    Resolved resolved = context.templates().resolve(List.of(head.id()), new CallerWatcher(caller));
    Closure closure = resolved.closure();
    List<String> damage = new ArrayList<>();
    for (Head each : closure.templates()) {
      String owner = each.equals(head) ? "" : " (of " + each.id() + ")";
      for (Entry entry : Closure.entries(context.templates().load(each))) {
        if (entry instanceof Entry.File(String path, ObjectId object)) {
          for (String problem : damage(object, looked)) {
            damage.add(path + owner + ": " + problem);
          }
        }
      }
    }
    String environment = "environment " + shortened(closure.id()) + ": ";
    damage(closure.id(), looked).forEach(problem -> damage.add(environment + problem));
    boolean asks = loader || template.level().compareTo(Level.LOADER) >= 0;
    if (!damage.isEmpty()) {
      // Of what is damaged nobody can say what it needs.
      Verdict none = new Verdict(Level.NONE, template.files().size(), 0, 0, List.of(), List.of());
      return new Found(template.level(), damage, none, List.of(), template.waive());
    }
    Verdict verdict =
        context
            .templates()
            .completeness()
            .verdict(head, closure, template, asks ? Level.LOADER : Level.STATIC);
    return new Found(
        template.level(), damage, verdict, context.templates().traces(head), template.waive());
  }

  private List<String> damage(ObjectId object, Looked looked) throws IOException {
    List<String> known = looked.objects.get(object);
    if (known == null) {
      known = context.objects().problems(object);
      looked.objects.put(object, known);
    }
    return known;
  }

  /** Of the tree on disk; nothing when there is none, or when it was looked at before. */
  private List<String> damage(Digest environment, Looked looked) throws IOException, RegException {
    if (!looked.environments.add(environment)
        || context.environments().find(environment).isEmpty()) {
      return List.of();
    }
    List<String> problems;
    try {
      problems = context.environments().problems(environment);
    } catch (RegException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      problems = List.of();
    }
    // One that was removed meanwhile lacks what it likes.
    return context.environments().find(environment).isEmpty() ? List.of() : problems;
  }

  private static String shortened(Digest digest) {
    return digest.hex().substring(0, 12);
  }

  private static String text(Environment environment, List<String> damage) {
    StringBuilder out = new StringBuilder("environment ");
    out.append(shortened(environment.id())).append(": damaged\n");
    damage.forEach(line -> out.append("  ").append(line).append('\n'));
    return out.toString();
  }

  private static ObjectNode json(Environment environment, List<String> damage) {
    ObjectNode json = Json.object().put("environment", environment.id().hex()).put("right", false);
    ContainerJson.strings(json.putArray("damage"), damage);
    return json;
  }

  private static String text(Head head, Found found) {
    Verdict verdict = found.verdict;
    StringBuilder out = new StringBuilder(head.id());
    if (found.isRight()) {
      out.append(": complete (").append(found.shown()).append("; declared ");
      out.append(found.declared).append("), ").append(verdict.files()).append(" files, ");
      out.append(verdict.elf()).append(" dynamic ELF files, ");
      out.append(verdict.scripts()).append(" scripts\n");
    } else {
      out.append(found.damage.isEmpty() ? ": not complete\n" : ": damaged\n");
    }
    found.damage.forEach(line -> out.append("  ").append(line).append('\n'));
    verdict.problems().forEach(line -> out.append("  ").append(line).append('\n'));
    for (List<String> command : found.traces) {
      out.append("  traced: ").append(String.join(" ", command)).append('\n');
    }
    found.waived.forEach(
        (profile, reason) ->
            out.append("  waived: ").append(profile).append(": ").append(reason).append('\n'));
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
    json.put("level", found.shown().toString());
    json.put("files", found.verdict.files());
    json.put("elf", found.verdict.elf());
    json.put("scripts", found.verdict.scripts());
    ContainerJson.strings(json.putArray("assumptions"), found.verdict.assumptions());
    ContainerJson.strings(json.putArray("damage"), found.damage);
    ContainerJson.strings(json.putArray("problems"), found.verdict.problems());
    ObjectNode waived = json.putObject("waived");
    found.waived.forEach(waived::put);
    return json;
  }
}
