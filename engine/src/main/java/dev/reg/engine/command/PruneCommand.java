package dev.reg.engine.command;

import dev.reg.build.AptCache;
import dev.reg.engine.command.PrunePlan.Cached;
import dev.reg.engine.command.PrunePlan.Candidate;
import dev.reg.engine.command.PrunePlan.Downloads;
import dev.reg.engine.command.PrunePlan.Idle;
import dev.reg.engine.command.PrunePlan.Unused;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.NativeText;
import dev.reg.linux.Poll;
import dev.reg.template.Head;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;

/** {@code prune}: removes what nobody needs any more. */
final class PruneCommand implements Command {
  private static final String CONTAINERS = "--containers";
  private static final String ENVIRONMENTS = "--environments";
  private static final String TEMPLATES = "--templates";
  private static final String OBJECTS = "--objects";
  private static final String CACHE = "--cache";
  private static final String OLDER_THAN = "--older-than";
  private static final String KEEP_SIZE = "--keep-size";
  private static final String DRY_RUN = "--dry-run";
  private static final int DECLINED = 1;
  private static final int ANSWER = 256;
  private static final int LOOK_MS = 500;

  private final Context context;

  PruneCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "prune",
            "Removes what nobody needs: stopped containers, unused environments and objects.",
            Specs.flag("Containers that have stopped, or were never started.", CONTAINERS),
            Specs.flag("Environments that no container holds.", ENVIRONMENTS),
            Specs.flag(
                "Templates that no container and no other template needs, and environments with"
                    + " them; only when asked for.",
                TEMPLATES),
            Specs.flag("Objects that no template has.", OBJECTS),
            Specs.flag(
                "What builds keep: package lists and downloads; only when asked for.", CACHE),
            Specs.flag("All of these kinds.", "-a", Grammar.ALL),
            Specs.value("AGE", "Only what was last used before that: 90m, 24h, 7d.", OLDER_THAN),
            Specs.value(
                "SIZE",
                "Only until no more than that is stored, the oldest first: 512m, 10g.",
                KEEP_SIZE),
            Specs.flag("Show what would go, and remove nothing.", DRY_RUN),
            Specs.flag("Do not ask, at a terminal.", "-f", Grammar.FORCE),
            Specs.format());
    spec.usageMessage()
        .footer(
            "",
            "Without a kind: containers, environments and objects. What runs or is being made keeps all"
                + " it uses.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    PrunePlanner.Wanted wanted = wanted(arguments);
    boolean dry = arguments.has(DRY_RUN);
    if (!dry
        && !arguments.has(Grammar.FORCE)
        && caller.isTerminal(0)
        && !confirmed(caller, wanted)) {
      caller.err("reg: prune: nothing was removed\n");
      return DECLINED;
    }
    PrunePlan plan = PrunePlanner.plan(context, wanted);
    Each each = new Each(context, caller);
    PrunePlan gone = dry ? plan : execute(plan, each);
    caller.out(json ? json(gone) : text(gone, dry));
    return each.code();
  }

  private static PrunePlanner.Wanted wanted(Arguments arguments) throws RegException {
    boolean all = arguments.has(Grammar.ALL);
    boolean usual =
        all
            || List.of(CONTAINERS, ENVIRONMENTS, TEMPLATES, OBJECTS, CACHE).stream()
                .noneMatch(arguments::has);
    String age = arguments.one(OLDER_THAN);
    String size = arguments.one(KEEP_SIZE);
    return new PrunePlanner.Wanted(
        usual || arguments.has(CONTAINERS),
        usual || arguments.has(ENVIRONMENTS),
        all || arguments.has(TEMPLATES),
        usual || arguments.has(OBJECTS),
        all || arguments.has(CACHE),
        age == null ? null : Instant.now().minus(Bounds.age("prune: " + OLDER_THAN, age)),
        size == null
            ? OptionalLong.empty()
            : OptionalLong.of(Bounds.size("prune: " + KEEP_SIZE, size)));
  }

  private static boolean confirmed(Caller caller, PrunePlanner.Wanted wanted) throws IOException {
    List<String> what = new ArrayList<>();
    if (wanted.containers()) {
      what.add("containers that do not run");
    }
    if (wanted.environments() || wanted.templates()) {
      what.add("environments that no container holds");
    }
    if (wanted.templates()) {
      what.add("templates that nothing needs");
    }
    if (wanted.objects()) {
      what.add("objects that no template has");
    }
    if (wanted.cache()) {
      what.add("what builds have downloaded");
    }
    caller.out(
        "This removes "
            + String.join(", ", what)
            + (wanted.before() == null && wanted.keep().isEmpty()
                ? ""
                : ", within the bounds given")
            + ".\nAre you sure you want to continue? [y/N] ");
    return answer(caller).strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** One line, or what there is of it when the caller leaves. */
  private static String answer(Caller caller) throws IOException {
    StringBuilder line = new StringBuilder();
    byte[] some = new byte[ANSWER];
    while (line.indexOf("\n") < 0 && line.length() < ANSWER) {
      if (caller.gone()) {
        return "";
      }
      if (Poll.await(caller.stdin(), Poll.IN, LOOK_MS) != 0) {
        int n = Descriptors.read(caller.stdin(), some);
        if (n <= 0) {
          return "";
        }
        line.append(NativeText.decode(some, 0, n));
      }
    }
    return line.toString();
  }

  /** Each only if it is still of no use to anybody; returns what went. */
  private PrunePlan execute(PrunePlan plan, Each each) throws IOException {
    List<Candidate> gone = new ArrayList<>();
    for (Candidate candidate : plan.candidates()) {
      each.attempt(
          () -> {
            if (remove(candidate)) {
              gone.add(candidate);
            }
          });
    }
    if (!plan.objects().isEmpty()) {
      each.attempt(() -> context.templates().deleteUnusedObjects());
    }
    context.containers().endings().awaitDeleted();
    return new PrunePlan(gone, plan.objects(), plan.objectBytes());
  }

  private boolean remove(Candidate candidate) throws RegException, IOException {
    return switch (candidate.thing()) {
      case Idle it -> context.containers().endings().removeIdle(it.container());
      case Cached it ->
          context
              .environments()
              .removeUnless(
                  it.environment(),
                  () -> !context.containers().usersOfEnvironment(it.environment()).isEmpty());
      case Unused it -> remove(it.template());
      case Downloads it -> new AptCache(context.layout().aptCache()).clear();
    };
  }

  private boolean remove(Head template) throws RegException, IOException {
    try {
      context
          .templates()
          .remove(
              template,
              id -> context.containers().containers().usersOfTemplate(id),
              // One may have been made since the plan was.
              new Unheld(context.containers(), context.environments())::drop);
      return true;
    } catch (RegException e) {
      if (e.kind() == ErrorKind.FAILED_PRECONDITION || e.kind() == ErrorKind.NOT_FOUND) {
        return false; // needed again, or gone, since the plan was made
      }
      throw e;
    }
  }

  private static String text(PrunePlan plan, boolean dry) {
    StringBuilder text = new StringBuilder();
    if (!plan.candidates().isEmpty() || !plan.objects().isEmpty()) {
      Table table = new Table("KIND", "NAME", "LAST USED", "SIZE");
      Instant now = Instant.now();
      for (Candidate each : plan.candidates()) {
        table.row(
            each.thing().kind(),
            each.thing().name(),
            PsCommand.ago(Duration.between(each.since(), now)),
            TemplateLsCommand.size(each.bytes()));
      }
      if (!plan.objects().isEmpty()) {
        table.row(
            "objects",
            Integer.toString(plan.objects().size()),
            "",
            TemplateLsCommand.size(plan.objectBytes()));
      }
      text.append(table).append('\n');
    }
    return text.append(dry ? "Would reclaim " : "Total reclaimed space: ")
        .append(TemplateLsCommand.size(plan.bytes()))
        .append('\n')
        .toString();
  }

  private static String json(PrunePlan plan) {
    StringBuilder lines = new StringBuilder();
    for (Candidate each : plan.candidates()) {
      lines.append(
          Json.line(
              Json.object()
                  .put("kind", each.thing().kind())
                  .put("name", each.thing().name())
                  .put("lastUsed", each.since().toString())
                  .put("bytes", each.bytes())));
    }
    if (!plan.objects().isEmpty()) {
      lines.append(
          Json.line(
              Json.object()
                  .put("kind", "objects")
                  .put("count", plan.objects().size())
                  .put("bytes", plan.objectBytes())));
    }
    return lines.toString();
  }
}
