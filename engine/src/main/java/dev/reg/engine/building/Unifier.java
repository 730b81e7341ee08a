package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectStore;
import dev.reg.template.Head;
import dev.reg.template.Proposal;
import dev.reg.template.Template;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.unify.Companions;
import dev.reg.template.unify.Move;
import dev.reg.template.unify.PackageOrigins;
import dev.reg.template.unify.Plan;
import dev.reg.template.unify.Rewrite;
import dev.reg.template.unify.Stock;
import dev.reg.template.unify.StoredFacts;
import dev.reg.template.unify.Unification;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Proposes that the templates of a host share the newest build of each library. */
public final class Unifier {
  private final TemplateRepository repository;
  private final ObjectStore objects;
  private final Completeness completeness;

  public Unifier(TemplateRepository repository, ObjectStore objects, Completeness completeness) {
    this.repository = repository;
    this.objects = objects;
    this.completeness = completeness;
  }

  /**
   * What would be.
   *
   * @param before the templates as they would be without sharing
   * @param plan how they come to share
   * @param after the templates as they would be then
   */
  public record Unified(Proposal before, Plan plan, Proposal after) {}

  /**
   * Thinks of templates that share; nothing is stored.
   *
   * @param fresh resolved templates that take the place of stored ones, or come beside them
   */
  public Unified propose(Map<Template, Optional<Provenance>> fresh)
      throws IOException, RegException {
    return propose(fresh, Map.of());
  }

  private Unified propose(Map<Template, Optional<Provenance>> fresh, Map<String, String> withheld)
      throws IOException, RegException {
    Proposal before = repository.propose(fresh);
    Map<String, Head> heads = new TreeMap<>();
    Map<String, Template> templates = new TreeMap<>();
    Map<String, List<String>> closures = new TreeMap<>();
    for (Head head : before.list()) {
      try {
        Template template = before.load(head);
        List<String> closure = before.closure(head).templates().stream().map(Head::id).toList();
        if (!before.isWhole(template)) {
          continue; // Damaged, as below.
        }
        heads.put(head.id(), head);
        templates.put(head.id(), template);
        closures.put(head.id(), closure);
      } catch (RegException e) {
        // Damaged, or without what it requires: whoever uses it is told.
      }
    }
    Known known = new Known(before, heads);
    Plan plan =
        Unification.plan(
            new Stock(templates, closures), new StoredFacts(objects::path), known, withheld);
    if (plan.moves().isEmpty()) {
      return new Unified(before, plan, before);
    }
    Map<Template, Optional<Provenance>> all = new LinkedHashMap<>();
    Map<String, List<Move>> moves =
        plan.moves().stream().collect(Collectors.groupingBy(Move::template));
    for (Map.Entry<String, Template> each : templates.entrySet()) {
      List<Move> own = moves.getOrDefault(each.getKey(), List.of());
      Optional<Provenance> provenance = known.provenance(each.getKey());
      if (!own.isEmpty()) {
        Template template = each.getValue();
        List<Move> whole = Companions.with(template, own, templates, known::provenance);
        all.put(
            Rewrite.apply(template, whole),
            provenance.map(
                from ->
                    Rewrite.apply(
                        from,
                        template.links().keySet(),
                        whole,
                        move -> known.provenance(move.origin()))));
      } else if (fresh.containsKey(each.getValue())) {
        all.put(each.getValue(), provenance);
      }
    }
    for (Map.Entry<Template, Optional<Provenance>> each : fresh.entrySet()) {
      if (!templates.containsKey(each.getKey().id())) {
        all.put(each.getKey(), each.getValue());
      }
    }
    // Of the same stored templates: what has been stored since is not overwritten.
    return new Unified(before, plan, before.instead(all));
  }

  /** Provenances, each read once and only when it is asked for. */
  private static final class Known implements PackageOrigins {
    private final Proposal proposal;
    private final Map<String, Head> heads;
    private final Map<String, Optional<Provenance>> known = new HashMap<>();

    Known(Proposal proposal, Map<String, Head> heads) {
      this.proposal = proposal;
      this.heads = heads;
    }

    Optional<Provenance> provenance(String template) {
      return known.computeIfAbsent(template, this::read);
    }

    private Optional<Provenance> read(String template) {
      Head head = heads.get(template);
      try {
        return head == null ? Optional.empty() : proposal.provenance(head);
      } catch (RegException | IOException e) {
        // Damaged: then nobody knows.
        return Optional.empty();
      }
    }

    @Override
    public boolean isForeign(String template) {
      // Of what nobody knows it may be one, too.
      return provenance(template).map(Known::isForeign).orElse(true);
    }

    /** Or one of whose files too much would have had to be told: their packages are not known. */
    private static boolean isForeign(Provenance from) {
      return switch (from.source()) {
        case BuiltFrom.Image image -> true;
        case BuiltFrom.File file -> false;
        case BuiltFrom.Recipe recipe -> from.files().isEmpty();
        case BuiltFrom.OwnRecipe own -> from.files().isEmpty();
        case BuiltFrom.Packages packages -> from.files().isEmpty();
        case BuiltFrom.Program program -> from.files().isEmpty();
      };
    }

    @Override
    public Optional<Packaged> packageOf(String template, String path) {
      return provenance(template).flatMap(from -> packaged(from, path));
    }

    /** The versions of two distributions have nothing to do with each other. */
    private static Optional<Packaged> packaged(Provenance from, String path) {
      Provenance.Distribution distribution = from.distribution();
      String whose = distribution == null ? "" : distribution.id() + "/";
      return from.packageOf(path).map(found -> new Packaged(whose + found.name(), found.version()));
    }
  }

  /**
   * As {@link #propose(Map)}, with every template whose closure would change shown to be as
   * complete as it declares. One that would not be keeps the libraries it has.
   *
   * @param watcher takes a line for each that is looked at or keeps what it has
   * @throws RegException FAILED_PRECONDITION, naming a template and what it would lack, when what
   *     is fresh is the reason
   */
  public Unified verified(Map<Template, Optional<Provenance>> fresh, BuildWatcher watcher)
      throws IOException, RegException {
    Map<String, String> withheld = new TreeMap<>();
    Set<Digest> shown = new HashSet<>();
    while (true) {
      Unified unified = propose(fresh, withheld);
      Map<String, String> failed = new TreeMap<>();
      Set<String> moved =
          unified.plan().moves().stream().map(Move::template).collect(Collectors.toSet());
      for (Head head : unified.after().affected()) {
        try {
          verify(unified.after(), head, shown, watcher);
        } catch (RegException e) {
          failed.putAll(withheld(unified.before(), head, moved, e, watcher));
        }
      }
      if (failed.isEmpty()) {
        return unified;
      }
      withheld.putAll(failed);
    }
  }

  private void verify(Proposal after, Head head, Set<Digest> shown, BuildWatcher watcher)
      throws IOException, RegException {
    var closure = after.closure(head);
    if (shown.contains(closure.id())) {
      return;
    }
    completeness.requireIn(after, head, watcher);
    shown.add(closure.id());
  }

  /** Which templates are to keep what they have because of one that fails: each time some more. */
  private static Map<String, String> withheld(
      Proposal before, Head head, Set<String> moved, RegException why, BuildWatcher watcher)
      throws RegException {
    Map<String, String> withheld = new TreeMap<>();
    for (Head each : before.closure(head).templates()) {
      if (moved.contains(each.id())) {
        withheld.put(each.id(), "with it, " + why.line());
        watcher.progress(each.id() + " keeps its libraries: with newer ones, " + why.line());
      }
    }
    if (withheld.isEmpty()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION, "the templates stay as they are: " + why.line(), why);
    }
    return withheld;
  }
}
