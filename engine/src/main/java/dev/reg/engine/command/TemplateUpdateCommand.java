package dev.reg.engine.command;

import dev.reg.engine.building.Unifier.Unified;
import dev.reg.engine.building.Updates;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.unify.Move;
import dev.reg.template.unify.Stay;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code template update}: builds templates again, has all take the newest libraries, and stores
 * what changed at once.
 */
final class TemplateUpdateCommand implements Command {
  private static final String DRY_RUN = "--dry-run";

  private final Context context;
  private final Updates updates;

  TemplateUpdateCommand(Context context, Updates updates) {
    this.context = context;
    this.updates = updates;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "update",
            "Builds templates again from what their packages are now, and has all templates take the"
                + " newest build of each library.",
            Specs.flag("Show what would change, and store nothing.", DRY_RUN));
    spec.addPositional(
        Specs.operands(
            "NAME[@VERSION]",
            "0..*",
            "Which to build; all that were made of a recipe or of packages without a name."));
    spec.usageMessage()
        .footer(
            "",
            "All changes are stored at once, or none when a template would lack something then.",
            "Containers that run keep what they have; 'reg outdated' lists them. One that is started"
                + " anew",
            "has the newest libraries, unless its project's reg.lock pins the older ones.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean dry = arguments.has(DRY_RUN);
    updates.update(
        arguments.operands(),
        dry,
        new CallerWatcher(caller),
        (before, unified, unbuilt) -> caller.out(new Report(before, unified, unbuilt).text(dry)));
    return 0;
  }

  /** What changes, and what does not. */
  private final class Report {
    private final Updates.Before before;
    private final Unified unified;
    private final List<String> unbuilt;

    Report(Updates.Before before, Unified unified, List<String> unbuilt) {
      this.before = before;
      this.unified = unified;
      this.unbuilt = unbuilt;
    }

    String text(boolean dry) throws RegException, IOException {
      StringBuilder text = new StringBuilder();
      BuildNames old = BuildNames.of(context, template -> before.provenance(template));
      BuildNames now = BuildNames.of(context, template -> provenance(template));
      unbuilt.forEach(line -> text.append(line).append('\n'));
      for (Head head : unified.before().changed()) {
        text.append(head.id()).append(": ").append(built(head)).append('\n');
      }
      Set<String> moved = new LinkedHashSet<>();
      for (Move move : unified.plan().moves()) {
        String was = before.has(move.template()) ? move.template() : "";
        moved.add(
            move.template()
                + ": "
                + name(move)
                + " "
                + (was.isEmpty() ? now : old).of(move.template(), move.path(), move.from())
                + " -> "
                + now.of(move.origin(), move.originPath(), move.to())
                + " of "
                + move.origin());
      }
      moved.forEach(line -> text.append(line).append('\n'));
      for (Stay stay : unified.plan().stays()) {
        text.append(stay.template()).append(": ").append(stay.library()).append(' ');
        text.append(now.of(stay.template(), stay.path(), stay.has())).append(" stays, not ");
        text.append(now.of(stay.other(), stay.otherPath(), stay.otherObject())).append(" of ");
        text.append(stay.other()).append(": ").append(stay.reason()).append('\n');
      }
      int count = unified.after().changed().size();
      text.append(dry ? "Would change " : "Changed ").append(count);
      return text.append(count == 1 ? " template\n" : " templates\n").toString();
    }

    private String name(Move move) {
      return move.library().equals("glibc") ? "glibc" : move.library();
    }

    private Optional<Provenance> provenance(String template) throws RegException, IOException {
      for (Head head : unified.before().list()) {
        if (head.id().equals(template)) {
          return unified.before().provenance(head);
        }
      }
      return Optional.empty();
    }

    /** {@code new}, or how the versions of its packages differ. */
    private String built(Head head) throws RegException, IOException {
      if (!before.has(head.id())) {
        return "new";
      }
      Map<String, String> was = versions(before.provenance(head.id()));
      Map<String, String> is = versions(unified.before().provenance(head));
      StringBuilder text = new StringBuilder();
      is.forEach(
          (name, version) -> {
            String other = was.get(name);
            if (!version.equals(other)) {
              text.append(text.isEmpty() ? "" : ", ").append(name).append(' ');
              text.append(other == null ? "" : other + " -> ").append(version);
            }
          });
      return text.isEmpty() ? "built again" : text.toString();
    }

    private static Map<String, String> versions(Optional<Provenance> provenance) {
      Map<String, String> versions = new HashMap<>();
      if (provenance.isPresent()) {
        for (DistributionPackage each : provenance.get().packages()) {
          versions.put(each.name(), each.version());
        }
      }
      return new TreeMap<>(versions);
    }
  }
}
