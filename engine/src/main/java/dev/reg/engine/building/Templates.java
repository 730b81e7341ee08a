package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.store.Trees;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Resolver;
import dev.reg.template.Sources;
import dev.reg.template.Template;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The closure of what a caller wishes for: from the repository, and only when that has no match,
 * from a recipe of the catalog.
 */
public final class Templates {
  /** Closures remembered by what was wished for; more wishes than that are resolved anew. */
  private static final int REMEMBERED = 1024;

  private final TemplateRepository repository;
  private final Resolver resolver;
  private final Path catalog;
  private final Builds builds;
  private final Unknown unknown;
  private final Map<Wish, Resolved> known = new ConcurrentHashMap<>();

  /**
   * What was asked for.
   *
   * @param environment what it was pinned to; null when it was not
   */
  private record Wish(List<String> wanted, @Nullable Digest environment) {}

  private final AtomicLong nameless = new AtomicLong();

  private final AtomicLong changes = new AtomicLong();

  private final Removals removals = new Removals();

  /**
   * A closure and how it was come by.
   *
   * @param wanted what was wished for
   * @param ids {@code name@version} of all templates of the closure
   * @param stamp for {@link #isCurrent}
   */
  public record Resolved(Closure closure, List<String> wanted, List<String> ids, long stamp) {}

  public Templates(TemplateRepository repository, Path catalog, Builds builds) {
    this.repository = repository;
    this.resolver = new Resolver(repository);
    this.catalog = catalog;
    this.builds = builds;
    this.unknown = new Unknown(repository, catalog);
  }

  /**
   * Resolves wishes, building what the repository lacks and a recipe makes.
   *
   * @param watcher is told about a build
   * @throws RegException NOT_FOUND with near misses for what neither has
   */
  public Resolved resolve(List<String> wanted, BuildWatcher watcher)
      throws RegException, IOException {
    return resolve(wanted, Pull.MISSING, null, watcher);
  }

  /**
   * Resolves wishes to just the templates that were decided before, when these are given.
   *
   * @throws RegException FAILED_PRECONDITION naming the templates that are others than those pinned
   */
  public Resolved resolve(
      List<String> wanted, Pull pull, @Nullable Pinned pinned, BuildWatcher watcher)
      throws RegException, IOException {
    Wish wish = new Wish(List.copyOf(wanted), pinned == null ? null : pinned.environment());
    Resolved before = pull == Pull.ALWAYS ? null : known.get(wish);
    if (before != null && isCurrent(before)) {
      return before;
    }
    List<TemplateRef> refs = new ArrayList<>();
    for (String text : wanted) {
      refs.add(TemplateRef.parse(text));
    }
    if (pull == Pull.ALWAYS) {
      rebuild(refs, watcher);
    }
    if (pinned != null) {
      new Pins(this, repository, pinned).ensure(pull, watcher);
    } else {
      for (TemplateRef ref : refs) {
        ensure(ref, pull, watcher);
      }
    }
    long stamp = removals.stamp();
    Closure closure =
        pinned == null
            ? resolver.resolve(refs)
            : new Pins(this, repository, pinned).resolve(resolver, refs);
    Resolved resolved =
        new Resolved(
            closure, wish.wanted(), closure.templates().stream().map(Head::id).toList(), stamp);
    if (known.size() < REMEMBERED) {
      known.put(wish, resolved);
    }
    return resolved;
  }

  /** Whether nothing has been removed since; asked once the container that uses it can be seen. */
  public boolean isCurrent(Resolved resolved) {
    return removals.noneSince(resolved.stamp());
  }

  /**
   * Whether a container that can be seen by now may go on with what was resolved for it: its
   * templates are there, even if others were removed meanwhile. Waits for a removal.
   */
  public boolean holds(Resolved resolved) {
    if (isCurrent(resolved)) {
      return true;
    }
    while (true) {
      long stamp = removals.stamp();
      boolean there = repository.list().containsAll(resolved.closure().templates());
      if (!there || removals.noneSince(stamp)) {
        return there;
      }
    }
  }

  /** Whether a requirement is met by this very template. */
  public boolean meets(TemplateRef required, Head head) {
    return repository.find(required).filter(head::equals).isPresent();
  }

  /**
   * The closure of wishes out of the very templates of these ids, as they are stored now; empty
   * when one of them is gone, or they are not what the wishes require any more.
   */
  public Optional<Closure> again(List<String> wanted, List<String> ids) {
    List<Head> heads = repository.list().stream().filter(head -> ids.contains(head.id())).toList();
    if (heads.size() != ids.size()) {
      return Optional.empty();
    }
    try {
      List<TemplateRef> refs = new ArrayList<>();
      for (String text : wanted) {
        refs.add(TemplateRef.parse(text));
      }
      Closure closure = resolver.resolve(refs, heads);
      return closure.templates().size() == ids.size() ? Optional.of(closure) : Optional.empty();
    } catch (RegException e) {
      return Optional.empty();
    }
  }

  /** The objects that no template but {@code without} refers to. */
  public Set<ObjectId> unusedObjects(Set<Head> without) throws IOException {
    return repository.unused(without);
  }

  /** Deletes the objects that no template refers to. */
  public void deleteUnusedObjects() throws IOException {
    repository.deleteUnused();
  }

  private void changed() {
    known.clear();
    changes.incrementAndGet();
  }

  /** Another number after every change, be it of what is known of a template alone. */
  long changes() {
    return changes.get();
  }

  private void rebuild(List<TemplateRef> refs, BuildWatcher watcher)
      throws RegException, IOException {
    for (TemplateRef ref : refs) {
      if (hasRecipe(ref.name())) {
        build(ref.name(), watcher);
      }
    }
  }

  boolean hasRecipe(String name) {
    return Recipes.find(catalog, new TemplateRef(name, "")).isPresent();
  }

  private void ensure(TemplateRef wanted, Pull pull, BuildWatcher watcher)
      throws RegException, IOException {
    if (pull != Pull.NEVER) {
      ensure(wanted, watcher);
    } else if (repository.find(wanted).isEmpty()) {
      RegException missing = unknown.template(wanted);
      boolean made = hasRecipe(wanted.name()) && repository.versions(wanted.name()).isEmpty();
      throw made
          ? new RegException(
              ErrorKind.NOT_FOUND,
              "the local repository has no template "
                  + wanted
                  + ", and --pull never keeps it from being built; 'reg template build "
                  + wanted.name()
                  + "' does")
          : missing;
    }
  }

  /** Has the repository match the wish. */
  void ensure(TemplateRef wanted, BuildWatcher watcher) throws RegException, IOException {
    if (builds.isUnderWay(wanted.name())) {
      build(wanted.name(), watcher);
    }
    if (repository.find(wanted).isPresent()) {
      return;
    }
    if (Recipes.find(catalog, wanted).isEmpty()) {
      throw unknown.template(wanted);
    }
    List<Head> versions = repository.versions(wanted.name());
    if (!versions.isEmpty() && !wanted.prefix().isEmpty()) {
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "no template matches "
              + wanted
              + ": the local repository has "
              + String.join(", ", versions.stream().map(Head::id).toList())
              + "; 'reg template build "
              + wanted.name()
              + "' makes what this Debian release has now");
    }
    build(wanted.toString(), watcher);
  }

  /**
   * Builds from the catalog's recipe; callers who want the same at one time share one build.
   *
   * @param wanted a name, with a version prefix perhaps: a recipe makes the one version that the
   *     packages have
   * @throws RegException NOT_FOUND when there is no such recipe, or it made another version, which
   *     stays
   */
  public Head build(String wanted, BuildWatcher watcher) throws RegException, IOException {
    TemplateRef ref = TemplateRef.parse(wanted);
    Path recipe = Recipes.find(catalog, ref).orElse(null);
    if (recipe == null) {
      throw unknown.recipe(ref.name());
    }
    Head built;
    try {
      built = builds.build(ref.name(), new BuildSource.Recipe(recipe), watcher, this::ensure);
    } finally {
      changed();
    }
    if (!ref.matches(built.version())) {
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "no template matches " + wanted + ": the recipe of this catalog made " + built.id());
    }
    return built;
  }

  /** Builds from what is no recipe, and what the template requires of the catalog. */
  public Head build(BuildSource source, BuildWatcher watcher) throws RegException, IOException {
    // No template has such a name; what it will be called is known when it is made.
    String place = "+" + nameless.incrementAndGet();
    try {
      return builds.build(place, source, watcher, this::ensure);
    } finally {
      changed();
    }
  }

  /**
   * Builds from a recipe of the caller's, and what the template requires of the catalog.
   *
   * @throws RegException ALREADY_EXISTS when it is called like one of the catalog
   */
  public Head buildOwn(OwnRecipe recipe, BuildWatcher watcher) throws RegException, IOException {
    if (hasRecipe(recipe.name())) {
      throw new RegException(
          ErrorKind.ALREADY_EXISTS,
          "cannot build "
              + recipe.path()
              + ": "
              + recipe.name()
              + " is a recipe of the catalog, and everybody who asks for it would get this; give it"
              + " another name");
    }
    return build(recipe, watcher);
  }

  /** Builds from the OCI layout that somebody else can change: of a copy. */
  public Head build(
      Sources layout,
      @Nullable String name,
      @Nullable String version,
      boolean whole,
      BuildWatcher watcher)
      throws RegException, IOException {
    Path copy = builds.places().workPlace("layout" + nameless.incrementAndGet());
    try {
      LayoutCopy.make(layout, copy, watcher::isGone);
      return build(new BuildSource.Image(copy, null, name, version, whole), watcher);
    } finally {
      Trees.deleteIfThere(copy);
    }
  }

  /**
   * Stores a template that the caller wrote.
   *
   * @param path of the file that it was read from
   * @param watcher is told about choices that were made
   */
  public Head add(
      Template template,
      String path,
      Sources sources,
      BuildWatcher watcher,
      Function<String, List<String>> users)
      throws RegException, IOException {
    for (TemplateRef required : template.requires()) {
      if (repository.find(required).isEmpty()) {
        throw new RegException(
            ErrorKind.NOT_FOUND,
            "cannot store "
                + template.id()
                + ": it requires "
                + required
                + ", which the local repository does not have: build or add that first");
      }
    }
    List<String> holders = users.apply(template.id());
    try {
      return builds
          .completeness()
          .add(
              repository,
              template,
              new Provenance(
                  new BuiltFrom.File(path), null, List.of(), Collections.emptySortedMap()),
              sources,
              null,
              holders.isEmpty(),
              watcher);
    } catch (RegException e) {
      if (e.kind() == ErrorKind.ALREADY_EXISTS && !holders.isEmpty()) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot replace "
                + template.id()
                + " by another content: containers use it: "
                + String.join(", ", holders),
            e);
      }
      throw e;
    } finally {
      changed();
    }
  }

  /** The template of that name, the highest version that matches. */
  public Head find(TemplateRef wanted) throws RegException, IOException {
    Optional<Head> head = repository.find(wanted);
    if (head.isEmpty()) {
      throw unknown.template(wanted);
    }
    return head.get();
  }

  /** What shows templates to be complete. */
  public Completeness completeness() {
    return builds.completeness();
  }

  /** The names of all that are stored or that a recipe makes, sorted. */
  public List<String> names() throws IOException {
    return Stream.concat(
            repository.list().stream().map(Head::name), Recipes.names(catalog).stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** All that are stored of a name, the highest first. */
  public List<Head> versions(String name) {
    return repository.versions(name);
  }

  /** Names of the catalog's recipes. */
  public List<String> recipes() throws IOException {
    return Recipes.names(catalog);
  }

  public List<Head> list() {
    return repository.list();
  }

  public Template load(Head head) throws IOException, RegException {
    return repository.load(head);
  }

  /** Where the files of a template come from; empty when nobody knows. */
  public Optional<Provenance> provenance(Head head) throws IOException, RegException {
    return repository.provenance(head);
  }

  /**
   * Commands whose traced runs showed a template to be complete: those it declares, which were run
   * before it was stored, and those that were recorded, see {@link TemplateRepository}.
   */
  public List<List<String>> traces(Head head) throws IOException, RegException {
    Set<List<String>> all = new LinkedHashSet<>();
    if (head.level() == Level.TRACE) {
      all.addAll(repository.load(head).trace());
    }
    all.addAll(repository.traces(head));
    return List.copyOf(all);
  }

  /**
   * Whether a traced run can show a template to be complete.
   *
   * @throws RegException FAILED_PRECONDITION for one that was not shown to be complete to the level
   *     below
   */
  public void checkTraceable(Head head) throws RegException {
    if (head.level().compareTo(Level.LOADER) < 0) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot record a trace of "
              + head.id()
              + ": the level trace includes loader, and it declares "
              + head.level());
    }
  }

  /**
   * Remembers that a traced run opened nothing outside a template and what it requires.
   *
   * @param ran these, as they were when it ran
   * @throws RegException as {@link #checkTraceable}
   */
  public void addTrace(Head head, Closure ran, List<String> command)
      throws IOException, RegException {
    checkTraceable(head);
    repository.addTrace(head, ran, command);
  }

  /** To what level a template was shown to be complete: beyond what it declares by its traces. */
  public Level shown(Head head) throws IOException {
    return repository.traces(head).isEmpty() ? head.level() : Level.TRACE;
  }

  /**
   * Removes a template that nobody uses.
   *
   * @param users names the containers that hold a template, {@code name@version}
   * @param afterwards runs with the template gone and before any container can be made again
   */
  public void remove(Head head, Function<String, List<String>> users, Afterwards afterwards)
      throws RegException, IOException {
    exclusively(
        () -> {
          List<String> holders = users.apply(head.id());
          if (!holders.isEmpty()) {
            throw new RegException(
                ErrorKind.FAILED_PRECONDITION,
                "cannot remove the template "
                    + head.id()
                    + ": containers use it: "
                    + String.join(", ", holders));
          }
          for (Head other : repository.list()) {
            for (TemplateRef required : other.requires()) {
              boolean needed =
                  !other.equals(head) && repository.find(required).filter(head::equals).isPresent();
              if (needed) {
                throw new RegException(
                    ErrorKind.FAILED_PRECONDITION,
                    "cannot remove the template "
                        + head.id()
                        + ": the template "
                        + other.id()
                        + " requires it");
              }
            }
          }
          // Their trees would keep the objects' space from being freed.
          afterwards.run();
          repository.remove(head);
        });
  }

  /** What happens while no container can be made. */
  public interface Afterwards {
    void run() throws RegException, IOException;
  }

  /** Runs while no container can come to hold anything. */
  public void exclusively(Afterwards action) throws RegException, IOException {
    removals.exclusively(
        () -> {
          try {
            action.run();
          } finally {
            changed();
          }
        });
  }
}
