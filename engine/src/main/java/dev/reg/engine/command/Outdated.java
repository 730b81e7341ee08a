package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.BuildWatcher;
import dev.reg.engine.building.Pull;
import dev.reg.engine.building.Turn;
import dev.reg.engine.building.Updates;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.Environment;
import dev.reg.template.Closure;
import dev.reg.template.ContainerPath;
import dev.reg.template.Head;
import dev.reg.template.Template;
import dev.reg.template.unify.Move;
import dev.reg.template.unify.Plan;
import dev.reg.template.unify.Stay;
import dev.reg.template.unify.Successors;
import dev.reg.template.unify.Successors.Successor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds what has another build of a library than there is. */
final class Outdated {
  /** Who has it. */
  enum Kind {
    TEMPLATE,
    ENVIRONMENT,
    CONTAINER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One library, or template, of one of them.
   *
   * @param library its SONAME; a template's name when that is of another version
   * @param path empty for a template
   * @param has the version in use
   * @param newest the one there is
   * @param what what is to be done, or why nothing can be
   * @param curable whether something can be done
   */
  record Row(
      Kind kind,
      String id,
      String name,
      String library,
      String path,
      String has,
      String newest,
      String what,
      boolean curable) {}

  private final Context context;
  private final Access access;
  private final Pinning pinning;
  private final BuildNames names;
  private final List<Row> rows = new ArrayList<>();
  private final Map<Spec, Old> running = new LinkedHashMap<>();

  private Outdated(Context context, Caller caller) throws IOException {
    this.context = context;
    this.access = Access.of(caller.peer());
    this.pinning = new Pinning(context, caller);
    this.names = BuildNames.stored(context);
  }

  /**
   * All that the caller may know of.
   *
   * @param turn is taken while file lists are in memory, and not while the caller's client is asked
   */
  static List<Row> find(Context context, Updates updates, Caller caller, Turn turn)
      throws RegException, IOException {
    Outdated outdated = new Outdated(context, caller);
    turn.take(new CallerWatcher(caller));
    try {
      outdated.templates(updates.plan());
      outdated.environments();
      outdated.containers();
    } finally {
      turn.end();
    }
    outdated.advise();
    return outdated.rows;
  }

  private void templates(Plan plan) throws IOException {
    Map<String, Move> first = new LinkedHashMap<>();
    for (Move move : plan.moves()) {
      // Of glibc, libc stands for all.
      boolean leads = ContainerPath.fileName(move.path()).startsWith("libc.so");
      String key = move.template() + " " + move.library();
      if (leads || !first.containsKey(key)) {
        first.put(key, move);
      }
    }
    for (Move move : first.values()) {
      rows.add(
          new Row(
              Kind.TEMPLATE,
              move.template(),
              move.template(),
              move.library(),
              move.path(),
              names.of(move.template(), move.path(), move.from()),
              names.of(move.origin(), move.originPath(), move.to()),
              "'reg template update' takes that of " + move.origin(),
              true));
    }
    for (Stay stay : plan.stays()) {
      rows.add(
          new Row(
              Kind.TEMPLATE,
              stay.template(),
              stay.template(),
              stay.library(),
              stay.path(),
              names.of(stay.template(), stay.path(), stay.has()),
              names.of(stay.other(), stay.otherPath(), stay.otherObject()),
              "stays: " + stay.reason(),
              false));
    }
  }

  private List<Template> load(List<Head> heads) throws IOException {
    List<Template> templates = new ArrayList<>();
    for (Head head : heads) {
      try {
        templates.add(libraries(context.templates().load(head)));
      } catch (RegException e) {
        // Damaged: 'reg template verify' tells.
      }
    }
    return templates;
  }

  /** The template without what cannot be a library: most of what it lists. */
  private static Template libraries(Template template) {
    return template.with(
        template.files().stream().filter(file -> file.path().contains(".so")).toList(),
        template.libs(),
        template.links(),
        List.of());
  }

  private void environments() throws RegException, IOException {
    Map<Digest, List<Container>> holders = new HashMap<>();
    for (Container container : context.containers().containers().list(access)) {
      holders
          .computeIfAbsent(container.spec().environment(), key -> new ArrayList<>())
          .add(container);
    }
    List<Environment> shown =
        context.environments().list().stream()
            .filter(each -> access.isWhole() || holders.containsKey(each.id()))
            .toList();
    if (shown.isEmpty()) {
      return;
    }
    Successors successors = new Successors(load(context.templates().list()));
    for (Environment environment : shown) {
      String holding =
          holders.getOrDefault(environment.id(), List.of()).stream()
              .map(Container::name)
              .sorted()
              .reduce((one, other) -> one + ", " + other)
              .map(all -> "held by " + all)
              .orElse("held by nobody: 'reg prune' removes it");
      for (Successor each : successors.of(entries(environment.id()))) {
        String id = environment.id().hex();
        rows.add(row(Kind.ENVIRONMENT, id, id.substring(0, 12), each, holding, false));
      }
    }
  }

  private List<Entry> entries(Digest environment) throws RegException, IOException {
    try {
      return context.environments().entries(environment);
    } catch (RegException e) {
      if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPTED) {
        return List.of(); // removed meanwhile, or of no use to anybody
      }
      throw e;
    }
  }

  private Row row(Kind kind, String id, String name, Successor each, String what, boolean curable)
      throws IOException {
    return new Row(
        kind,
        id,
        name,
        each.library(),
        each.path(),
        names.of("", each.path(), each.has()),
        names.of(each.template(), each.newPath(), each.now()),
        what,
        curable);
  }

  /**
   * What a container that runs has otherwise than it would be made now.
   *
   * @param cure what changes it, unless a lock pins it
   */
  private record Old(String cure, List<Row> rows) {}

  private void containers() throws RegException, IOException {
    Map<String, Old> known = new HashMap<>();
    for (Container container : context.containers().containers().list(access)) {
      if (!container.state().isLive()) {
        continue; // it takes what there is when it is started
      }
      Spec spec = container.spec();
      String key = spec.environment() + " " + spec.templates();
      Old old = known.get(key);
      if (old == null) {
        old = container(spec);
        known.put(key, old);
      }
      if (!old.rows.isEmpty()) {
        running.put(spec, old);
      }
    }
  }

  private Old container(Spec spec) throws RegException, IOException {
    Closure now;
    try {
      now = context.templates().resolve(spec.templates(), Pull.NEVER, null, new Nobody()).closure();
    } catch (RegException e) {
      return new Old("", List.of()); // its templates are not wished for together any more
    }
    if (now.id().equals(spec.environment())) {
      return new Old("", List.of());
    }
    List<Row> found = new ArrayList<>();
    Set<String> ids = new TreeSet<>(now.templates().stream().map(Head::id).toList());
    Set<String> before = new HashSet<>(spec.resolved());
    boolean same = ids.equals(before);
    for (Successor each : new Successors(load(now.templates())).of(entries(spec.environment()))) {
      found.add(row(Kind.CONTAINER, spec.id(), spec.name(), each, "", true));
    }
    for (String id : same ? Set.<String>of() : ids) {
      String name = id.substring(0, id.indexOf('@'));
      for (String old : before) {
        if (!id.equals(old) && old.startsWith(name + "@")) {
          found.add(
              new Row(
                  Kind.CONTAINER,
                  spec.id(),
                  spec.name(),
                  name,
                  "",
                  old.substring(name.length() + 1),
                  id.substring(name.length() + 1),
                  "",
                  true));
        }
      }
    }
    return new Old(same ? "stop and start it" : "make it anew", found);
  }

  /** Adds the rows of containers, with what is to be done. */
  private void advise() throws IOException {
    Map<String, Advice> known = new HashMap<>();
    for (Map.Entry<Spec, Old> each : running.entrySet()) {
      Spec spec = each.getKey();
      String key =
          each.getValue().cure
              + " "
              + spec.environment()
              + " "
              + spec.owner().uid()
              + " "
              + Pinning.lock(spec);
      Advice advice = known.get(key);
      if (advice == null) {
        advice = advice(spec, each.getValue().cure);
        known.put(key, advice);
      }
      for (Row row : each.getValue().rows) {
        rows.add(
            new Row(
                Kind.CONTAINER,
                spec.id(),
                spec.name(),
                row.library(),
                row.path(),
                row.has(),
                row.newest(),
                advice.what,
                advice.curable));
      }
    }
  }

  private record Advice(String what, boolean curable) {}

  /** What a lock pins stays, as somebody decided. */
  private Advice advice(Spec spec, String cure) throws IOException {
    String lock = Pinning.lock(spec);
    return switch (pinning.of(spec)) {
      case NO -> new Advice(cure, true);
      case YES -> new Advice("pinned by " + lock + ": '" + ProjectLock.renewal(lock) + "'", false);
      case UNKNOWN -> new Advice(cure + ", unless " + lock + " pins it", true);
    };
  }

  /** Nothing is built for a look. */
  private static final class Nobody implements BuildWatcher {
    @Override
    public void progress(String line) {}

    @Override
    public boolean isGone() {
      return false;
    }
  }
}
