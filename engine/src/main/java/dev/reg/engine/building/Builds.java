package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.build.RequiredTemplates;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Failures;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.store.Trees;
import dev.reg.template.Closure;
import dev.reg.template.DirectorySources;
import dev.reg.template.Head;
import dev.reg.template.Resolver;
import dev.reg.template.Sources;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.UnfinishedTemplate;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes templates, one per recipe however many wait for it, and whoever of them leaves. A failed
 * one leaves nothing.
 */
public final class Builds {
  private static final String PROVENANCE = "provenance.json";

  private final TemplateRepository repository;
  private final ObjectStore objects;
  private final Path catalog;
  private final Builders builders;
  private final PostStep postStep;
  private final Completeness completeness;
  private final Unifier unifier;
  private final Function<String, List<String>> users;
  private final BuildPlaces places;
  private final BuildsUnderWay underWay = new BuildsUnderWay();

  /** What becomes of a template that has been built; its sources are gone afterwards. */
  interface Keeper {
    /** For {@code unlooked} see {@link BuildSource#unlooked}. */
    Head keep(
        Template template,
        @Nullable Provenance provenance,
        Sources sources,
        @Nullable String unlooked,
        BuildWatcher watcher)
        throws RegException, IOException;
  }

  /** Has the repository match what the template being built requires. */
  interface Requirements {
    /** {@code forWhom} is the build that requires it, and watches what is built for it. */
    void ensure(TemplateRef required, BuildWatcher forWhom) throws RegException, IOException;

    /** These, which are there, with all they require. */
    default Closure closure(TemplateRepository repository, List<TemplateRef> required)
        throws RegException, IOException {
      return new Resolver(repository).resolve(required);
    }
  }

  /**
   * @param users names the containers that hold a template, {@code name@version}
   */
  public Builds(
      Layout layout,
      TemplateRepository repository,
      ObjectStore objects,
      Path catalog,
      Builders builders,
      PostStep postStep,
      Completeness completeness,
      Unifier unifier,
      Function<String, List<String>> users) {
    this.repository = repository;
    this.objects = objects;
    this.catalog = catalog;
    this.builders = builders;
    this.postStep = postStep;
    this.completeness = completeness;
    this.unifier = unifier;
    this.users = users;
    this.places = new BuildPlaces(layout);
  }

  /** Where builds work. */
  public BuildPlaces places() {
    return places;
  }

  /** What shows templates to be complete. */
  Completeness completeness() {
    return completeness;
  }

  boolean isUnderWay(String name) {
    return underWay.has(name);
  }

  /**
   * Builds and stores, or waits for the one who builds the same already.
   *
   * @throws RegException FAILED_PRECONDITION when the build for which this one is would wait for
   *     itself
   */
  Head build(String name, BuildSource source, BuildWatcher watcher, Requirements requirements)
      throws RegException, IOException {
    return build(name, source, watcher, requirements, this::store);
  }

  /** As above, for somebody who does something else with it; {@code name}: nobody else's. */
  Head build(
      String name,
      BuildSource source,
      BuildWatcher watcher,
      Requirements requirements,
      Keeper keeper)
      throws RegException, IOException {
    return underWay.build(name, watcher, build -> make(source, build, requirements, keeper));
  }

  private Head make(
      BuildSource source, BuildsUnderWay.Build build, Requirements requirements, Keeper keeper)
      throws RegException, IOException {
    Path out = place(build.name);
    try {
      builders.run(
          source,
          out,
          build::progress,
          build::isWanted,
          (required, packages) -> {
            for (TemplateRef each : required) {
              requirements.ensure(each, build);
            }
            RequiredTemplates.give(packages, requirements.closure(repository, required), objects);
          });
      Path file = out.resolve("template.yaml");
      Template template =
          TemplateReader.read(
              file.toString(),
              BuilderOutput.read(out, "template.yaml", BuilderOutput.LARGEST_TEMPLATE));
      checkName(source, template);
      Provenance provenance = provenance(source, template, out);
      for (TemplateRef required : template.requires()) {
        requirements.ensure(required, build);
      }
      return Files.exists(out.resolve(PostFiles.POST), LinkOption.NOFOLLOW_LINKS)
          ? finish(template, provenance, out, build, keeper)
          : keeper.keep(template, provenance, new DirectorySources(out), source.unlooked(), build);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot build a template in " + out);
    } finally {
      places.unmark(build.name);
      Trees.deleteIfThere(out);
    }
  }

  private Path place(String name) throws RegException, IOException {
    try {
      return places.make(name);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot make a directory to build " + name + " in");
    }
  }

  /**
   * A name means the same to everybody who runs something of it: what a stranger wrote may neither
   * give itself another one than was asked for, nor one that means a recipe of the catalog.
   */
  private void checkName(BuildSource source, Template template) throws RegException {
    String called = source.called();
    if (called != null && !called.equals(template.name())) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot use what the builder made: it is called "
              + template.name()
              + " and was to be called "
              + called);
    }
    if (called == null && Recipes.find(catalog, new TemplateRef(template.name(), "")).isPresent()) {
      throw new RegException(
          ErrorKind.ALREADY_EXISTS,
          "cannot store "
              + template.id()
              + ": "
              + template.name()
              + " is a recipe of the catalog, and everybody who asks for it would get this; say"
              + " another name with --name, or this one to have it all the same");
    }
  }

  /** Null when there was too much to keep of what can be told otherwise. */
  private static @Nullable Provenance provenance(BuildSource source, Template template, Path out)
      throws RegException, IOException {
    Provenance said = said(source, template, out);
    OwnRecipe own = source.own();
    return own == null ? said : own.provenance(said);
  }

  private static @Nullable Provenance said(BuildSource source, Template template, Path out)
      throws RegException, IOException {
    if (!Files.exists(out.resolve(PROVENANCE), LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Provenance provenance =
        ProvenanceReader.read(
            template.id(), BuilderOutput.read(out, PROVENANCE, ProvenanceReader.MAX_BYTES));
    if (!isOf(source, provenance.source())) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot use what the builder made: it says of "
              + template.id()
              + " that it is made of something else than it was given");
    }
    return provenance;
  }

  /**
   * What is said to be of a recipe is trusted with others' libraries, and made again of what is
   * said; a builder does not know whether the recipe is of the catalog. One that is not is of those
   * who may add whatever they like, and its libraries are of the same packages.
   */
  private static boolean isOf(BuildSource source, BuiltFrom said) {
    return switch (source) {
      case BuildSource.Recipe recipe -> said.equals(new BuiltFrom.Recipe(recipe.called()));
      case OwnRecipe own -> said.equals(new BuiltFrom.Recipe(own.name()));
      case BuildSource.Packages packages ->
          said.equals(new BuiltFrom.Packages(packages.packages(), packages.name()));
      case BuildSource.Image image -> said instanceof BuiltFrom.Image;
      case BuildSource.Program program -> said instanceof BuiltFrom.Program;
      case BuildSource.Anew anew -> isOf(anew.source(), said);
    };
  }

  /** Stores what is as complete as it declares. */
  private Head store(
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      @Nullable String unlooked,
      BuildWatcher watcher)
      throws RegException, IOException {
    boolean replace = users.apply(template.id()).isEmpty();
    try {
      return completeness.add(
          repository, template, provenance, sources, unlooked, replace, watcher);
    } catch (RegException e) {
      if (e.kind() != ErrorKind.ALREADY_EXISTS) {
        throw e;
      }
      Optional<Head> same = stored(template, provenance, sources, unlooked);
      if (same.isEmpty()) {
        throw new RegException(
            ErrorKind.ALREADY_EXISTS,
            "cannot replace "
                + template.id()
                + " by what is built now: containers use it: "
                + String.join(", ", users.apply(template.id()))
                + "; 'reg template update "
                + template.name()
                + "' does, and they take it when they are started next",
            e);
      }
      return same.get();
    }
  }

  /** The template as it is stored, if it would be that with the libraries that others have. */
  private Optional<Head> stored(
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      @Nullable String unlooked)
      throws RegException, IOException {
    try (UnfinishedTemplate unfinished = repository.begin(template, sources, note -> {})) {
      Map<Template, Optional<Provenance>> fresh = new LinkedHashMap<>();
      fresh.put(
          completeness.waived(unfinished, unlooked, note -> {}), Optional.ofNullable(provenance));
      boolean differs =
          unifier.propose(fresh).after().changed().stream()
              .anyMatch(head -> head.id().equals(template.id()));
      return differs
          ? Optional.empty()
          : repository.versions(template.name()).stream()
              .filter(head -> head.version().equals(template.version()))
              .findFirst();
    }
  }

  /**
   * Runs the post step in a container of the template, and stores it with what that made: until
   * then nobody finds it.
   */
  private Head finish(
      Template template,
      @Nullable Provenance provenance,
      Path out,
      BuildsUnderWay.Build build,
      Keeper keeper)
      throws RegException, IOException {
    PostFiles post = PostFiles.read(out);
    Sources sources = new DirectorySources(out);
    Template during = post.during(template);
    try (UnfinishedTemplate unfinished = repository.begin(during, sources, build::progress)) {
      build.progress(
          template.name() + ": running " + post.command().getFirst() + " in a container of it");
      Path made = out.resolve(PostFiles.MADE);
      places.mark(build.name, unfinished.closure().id());
      postStep.run(
          unfinished.head(),
          unfinished.closure(),
          post.command(),
          post.environment(),
          post.output(),
          made);
      Template whole = PostFiles.with(template, made);
      return keeper.keep(
          whole,
          provenance == null ? null : PostFiles.with(provenance, whole),
          sources,
          null,
          build);
    }
  }
}
