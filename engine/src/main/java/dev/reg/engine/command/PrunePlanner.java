package dev.reg.engine.command;

import dev.reg.build.AptCache;
import dev.reg.engine.command.PrunePlan.Cached;
import dev.reg.engine.command.PrunePlan.Candidate;
import dev.reg.engine.command.PrunePlan.Downloads;
import dev.reg.engine.command.PrunePlan.Idle;
import dev.reg.engine.command.PrunePlan.Thing;
import dev.reg.engine.command.PrunePlan.Unused;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.Spec;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.DiskUse;
import dev.reg.store.Entry;
import dev.reg.store.Environment;
import dev.reg.store.ObjectId;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what nobody needs any more, and measures it; removes nothing. */
final class PrunePlanner {
  /**
   * What may go.
   *
   * @param before only what was last needed before that; null for everything
   * @param keep the oldest goes until no more than that many bytes are stored; empty for everything
   */
  record Wanted(
      boolean containers,
      boolean environments,
      boolean templates,
      boolean objects,
      boolean cache,
      @Nullable Instant before,
      OptionalLong keep) {
    boolean isOldEnough(Instant since) {
      return before == null || since.isBefore(before);
    }
  }

  private final Context context;
  private final Wanted wanted;
  private final AptCache cache;
  private final List<Container> holding;
  private final Map<Container, Instant> idle = new LinkedHashMap<>();
  private final Map<Head, Instant> templates = new LinkedHashMap<>();

  private PrunePlanner(Context context, Wanted wanted) {
    this.context = context;
    this.wanted = wanted;
    this.cache = new AptCache(context.layout().aptCache());
    this.holding = new ArrayList<>(context.containers().containers().list());
  }

  static PrunePlan plan(Context context, Wanted wanted) throws IOException {
    return new PrunePlanner(context, wanted).plan();
  }

  private PrunePlan plan() throws IOException {
    if (wanted.containers()) {
      chooseContainers();
    }
    if (wanted.templates()) {
      chooseTemplates();
    }
    List<Candidate> all = new ArrayList<>();
    idle.forEach((container, since) -> all.add(new Candidate(new Idle(container), since, 0)));
    // A tree whose template is gone is of no use, and keeps the space of the objects.
    if (wanted.environments() || !templates.isEmpty()) {
      chooseEnvironments(all);
    }
    templates.forEach((head, since) -> all.add(new Candidate(new Unused(head), since, 0)));
    if (wanted.cache()) {
      chooseDownloads(all);
    }
    return wanted.keep().isPresent() ? bounded(all, wanted.keep().getAsLong()) : measured(all);
  }

  private void chooseContainers() {
    for (Container container : List.copyOf(holding)) {
      Optional<Instant> since = idleSince(container);
      if (since.isPresent() && wanted.isOldEnough(since.get())) {
        idle.put(container, since.get());
        holding.remove(container);
      }
    }
  }

  private void chooseDownloads(List<Candidate> all) throws IOException {
    Instant since = cache.lastUsed().orElse(Instant.EPOCH);
    if (wanted.isOldEnough(since) && !cache.contents().isEmpty()) {
      all.add(new Candidate(new Downloads(), since, 0));
    }
  }

  private void measureDownloads(DiskUse use) throws IOException {
    for (Path path : cache.contents()) {
      use.add(path);
    }
  }

  /** A build's is the build's. */
  private static Optional<Instant> idleSince(Container container) {
    if (!container.isIdle() || container.name().startsWith(Names.BUILD)) {
      return Optional.empty();
    }
    Instant finished = container.status().finished();
    return Optional.of(finished == null ? container.spec().created() : finished);
  }

  /** Those that nothing but what goes anyway requires, round after round. */
  private void chooseTemplates() {
    int before;
    do {
      before = templates.size();
      for (Head head : context.templates().list()) {
        Instant since = lastUse(head.created(), spec -> spec.resolved().contains(head.id()));
        if (!templates.containsKey(head) && wanted.isOldEnough(since) && !isNeeded(head)) {
          templates.put(head, since);
        }
      }
    } while (templates.size() > before);
  }

  private boolean isNeeded(Head head) {
    if (holding.stream().anyMatch(c -> c.spec().resolved().contains(head.id()))) {
      return true;
    }
    for (Head other : context.templates().list()) {
      for (TemplateRef required : other.requires()) {
        if (!templates.containsKey(other) && context.templates().meets(required, head)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The later of what is known and of the ends of those containers that had it and go. */
  private Instant lastUse(Instant known, Predicate<Spec> had) {
    return idle.entrySet().stream()
        .filter(each -> had.test(each.getKey().spec()))
        .map(Map.Entry::getValue)
        .reduce(known, (one, other) -> one.isAfter(other) ? one : other);
  }

  private void chooseEnvironments(List<Candidate> all) throws IOException {
    Set<Digest> held =
        holding.stream().map(c -> c.spec().environment()).collect(Collectors.toSet());
    for (Environment environment : context.environments().list()) {
      Digest id = environment.id();
      if (held.contains(id)) {
        continue;
      }
      try {
        Instant released = context.environments().lastReleased(id);
        Instant since = lastUse(released, spec -> spec.environment().equals(id));
        if (!templates.isEmpty() || wanted.isOldEnough(since)) {
          all.add(new Candidate(new Cached(id), since, 0));
        }
      } catch (RegException e) {
        if (e.kind() != ErrorKind.NOT_FOUND) {
          throw new IOException(e.line(), e);
        }
        // Removed meanwhile.
      }
    }
  }

  /** Of these the oldest, as many as must go. */
  private PrunePlan bounded(List<Candidate> all, long keep) throws IOException {
    DiskUse stored = new DiskUse();
    stored.add(context.layout().objects());
    stored.add(context.layout().environments());
    stored.add(context.layout().containers());
    if (wanted.cache()) {
      measureDownloads(stored);
    }
    List<Thing> oldest =
        all.stream().sorted(Comparator.comparing(Candidate::since)).map(Candidate::thing).toList();
    PrunePlan plan = measured(List.of());
    for (int n = 1; n <= oldest.size() && stored.total() - plan.bytes() > keep; n++) {
      Set<Thing> first = Set.copyOf(oldest.subList(0, n));
      plan = measured(all.stream().filter(each -> first.contains(each.thing())).toList());
    }
    return plan;
  }

  /** Of a template that was replaced a container may still hold the tree. */
  private Set<ObjectId> ofTreesThatStay(List<Candidate> chosen) throws IOException {
    Set<Digest> going = new HashSet<>();
    for (Candidate candidate : chosen) {
      if (candidate.thing() instanceof Cached(Digest environment)) {
        going.add(environment);
      }
    }
    Set<ObjectId> objects = new HashSet<>();
    for (Environment environment : context.environments().list()) {
      try {
        if (!going.contains(environment.id())) {
          for (Entry entry : context.environments().entries(environment.id())) {
            if (entry instanceof Entry.File file) {
              objects.add(file.object());
            }
          }
        }
      } catch (RegException e) {
        // Removed meanwhile, or its manifest is damaged: it is made again when it is wanted.
      }
    }
    return objects;
  }

  /** All that is added to one measure: an inode is free with the last of its links. */
  private PrunePlan measured(List<Candidate> chosen) throws IOException {
    DiskUse use = new DiskUse();
    Set<ObjectId> garbage = new HashSet<>();
    if (wanted.objects() || wanted.templates()) {
      garbage.addAll(context.templates().unusedObjects(Set.of()));
      if (!garbage.isEmpty()) {
        garbage.removeAll(ofTreesThatStay(chosen));
      }
    }
    Set<ObjectId> gone = new HashSet<>(garbage);
    Set<Head> without = new HashSet<>();
    List<Candidate> measured = new ArrayList<>();
    for (Candidate candidate : chosen) {
      long before = use.freed();
      switch (candidate.thing()) {
        case Idle it -> use.add(context.layout().container(it.container().id()));
        case Cached it -> context.environments().measure(it.environment(), use);
        case Downloads it -> measureDownloads(use);
        case Unused it -> {
          without.add(it.template());
          for (ObjectId object : context.templates().unusedObjects(without)) {
            if (gone.add(object)) {
              context.objects().measure(object, use);
            }
          }
        }
      }
      measured.add(candidate.freeing(use.freed() - before));
    }
    long before = use.freed();
    Set<ObjectId> objects = wanted.objects() ? garbage : Set.of();
    for (ObjectId object : objects) {
      context.objects().measure(object, use);
    }
    return new PrunePlan(measured, objects, use.freed() - before);
  }
}
