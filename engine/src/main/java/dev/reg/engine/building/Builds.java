package dev.reg.engine.building;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Failures;
import dev.reg.store.Layout;
import dev.reg.template.DirectorySources;
import dev.reg.template.Head;
import dev.reg.template.Sources;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.UnfinishedTemplate;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Builds under way, one per recipe however many wait for it, and whoever of them leaves. A failed
 * one leaves nothing.
 */
public final class Builds {
  /** A file with the id of the environment that a post step runs in. */
  private static final String ENVIRONMENT = "environment";

  /** A file of the builder's that says what its post step is. */
  private static final String POST = "post.json";

  private static final String PROVENANCE = "provenance.json";

  /** Where below a builder's output lies what its post step made. */
  private static final String MADE = "post/";

  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Layout layout;
  private final TemplateRepository repository;
  private final Configuration configuration;
  private final PostStep postStep;
  private final Completeness completeness;
  private final Unifier unifier;
  private final Function<String, List<String>> users;
  private final Map<String, Build> underWay = new ConcurrentHashMap<>();

  /** Guards what builds wait for. */
  private final Object waits = new Object();

  /** A build under way: what it requires is built for all who wait for it, as long as one does. */
  private static final class Build implements BuildWatcher {
    final String name;
    final CompletableFuture<Head> done = new CompletableFuture<>();
    private final List<BuildWatcher> watchers = new CopyOnWriteArrayList<>();
    private boolean givenUp;
    @Nullable Build waitsFor;

    Build(String name, BuildWatcher watcher) {
      this.name = name;
      watchers.add(watcher);
    }

    /** False when it has been given up: its process is being ended. */
    synchronized boolean join(BuildWatcher watcher) {
      if (!givenUp) {
        watchers.add(watcher);
      }
      return !givenUp;
    }

    @Override
    public void progress(String line) {
      watchers.forEach(watcher -> watcher.progress(line));
    }

    @Override
    public synchronized boolean isGone() {
      givenUp = givenUp || watchers.stream().allMatch(BuildWatcher::isGone);
      return givenUp;
    }

    boolean isWanted() {
      return !isGone();
    }
  }

  /** What becomes of a template that has been built; its sources are gone afterwards. */
  interface Keeper {
    /** For {@code unlooked} see {@link BuildSource#unlooked}. */
    Head keep(
        Template template,
        @Nullable Provenance provenance,
        Sources sources,
        @Nullable String unlooked,
        Consumer<String> notes)
        throws RegException, IOException;
  }

  /** Has the repository match what the template being built requires. */
  interface Requirements {
    /** {@code forWhom} is the build that requires it, and watches what is built for it. */
    void ensure(TemplateRef required, BuildWatcher forWhom) throws RegException, IOException;
  }

  /**
   * @param users names the containers that hold a template, {@code name@version}
   */
  public Builds(
      Layout layout,
      TemplateRepository repository,
      Configuration configuration,
      PostStep postStep,
      Completeness completeness,
      Unifier unifier,
      Function<String, List<String>> users) {
    this.layout = layout;
    this.repository = repository;
    this.configuration = configuration;
    this.postStep = postStep;
    this.completeness = completeness;
    this.unifier = unifier;
    this.users = users;
  }

  /** What shows templates to be complete. */
  Completeness completeness() {
    return completeness;
  }

  boolean isUnderWay(String name) {
    return underWay.containsKey(name);
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
    Build forWhom = watcher instanceof Build build ? build : null;
    while (true) {
      Build mine = new Build(name, watcher);
      Build before = underWay.putIfAbsent(name, mine);
      enter(forWhom, before == null ? mine : before);
      try {
        if (before == null) {
          return run(source, mine, requirements, keeper);
        }
        if (before.join(watcher)) {
          watcher.progress(name + ": waiting for a build that is under way");
          return await(name, before);
        }
        awaitEnd(before);
      } finally {
        leave(forWhom);
      }
    }
  }

  /**
   * Notes that a build goes on only after another. Whoever it is that builds the other: two callers
   * may build what requires each other.
   */
  private void enter(@Nullable Build forWhom, Build other) throws RegException {
    if (forWhom == null) {
      return;
    }
    synchronized (waits) {
      List<String> way = new ArrayList<>();
      for (Build each = other; each != null; each = each.waitsFor) {
        if (each == forWhom) {
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot build "
                  + forWhom.name
                  + ": its recipe requires itself"
                  + (way.isEmpty() ? "" : ", by way of " + String.join(", ", way)));
        }
        way.add(each.name);
      }
      forWhom.waitsFor = other;
    }
  }

  private void leave(@Nullable Build forWhom) {
    if (forWhom != null) {
      synchronized (waits) {
        forWhom.waitsFor = null;
      }
    }
  }

  private Head run(BuildSource source, Build build, Requirements requirements, Keeper keeper)
      throws RegException, IOException {
    try {
      Head head = make(source, layout.building(build.name), build, requirements, keeper);
      underWay.remove(build.name);
      build.done.complete(head);
      return head;
    } catch (RegException | IOException | RuntimeException | Error e) {
      // First: who was not let in builds it anew.
      underWay.remove(build.name);
      build.done.completeExceptionally(e);
      throw e;
    }
  }

  /** However it ends. */
  private static void awaitEnd(Build build) throws RegException {
    try {
      build.done.handle((head, e) -> true).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // handled
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Head await(String name, Build build) throws RegException, IOException {
    try {
      return build.done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RegException cause) {
        throw new RegException(cause.kind(), cause.line(), e);
      }
      throw new IOException("the build of " + name + " failed", e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static RegException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
  }

  private Head make(
      BuildSource source, Path out, Build build, Requirements requirements, Keeper keeper)
      throws RegException, IOException {
    delete(out);
    try {
      Files.createDirectories(out, PRIVATE);
      BuilderRun.run(
          source, out, layout.aptCache(), configuration, build::progress, build::isWanted);
      Path file = out.resolve("template.yaml");
      Template template =
          TemplateReader.read(file.toString(), BuilderOutput.read(out, "template.yaml"));
      Provenance provenance = provenance(template, out);
      for (TemplateRef required : template.requires()) {
        requirements.ensure(required, build);
      }
      return Files.exists(out.resolve(POST), LinkOption.NOFOLLOW_LINKS)
          ? finish(template, provenance, out, build, keeper)
          : keeper.keep(
              template, provenance, new DirectorySources(out), source.unlooked(), build::progress);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot build a template in " + out);
    } finally {
      delete(out);
    }
  }

  /** Null when there was too much to keep. */
  private static @Nullable Provenance provenance(Template template, Path out)
      throws RegException, IOException {
    return Files.exists(out.resolve(PROVENANCE), LinkOption.NOFOLLOW_LINKS)
        ? ProvenanceReader.read(template.id(), BuilderOutput.read(out, PROVENANCE))
        : null;
  }

  /** Stores what is as complete as it declares. */
  private Head store(
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      @Nullable String unlooked,
      Consumer<String> notes)
      throws RegException, IOException {
    boolean replace = users.apply(template.id()).isEmpty();
    try {
      return completeness.add(repository, template, provenance, sources, unlooked, replace, notes);
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
      Template template, @Nullable Provenance provenance, Path out, Build build, Keeper keeper)
      throws RegException, IOException {
    JsonNode json = new JsonMapper().readTree(BuilderOutput.read(out, POST));
    List<String> command = new ArrayList<>();
    json.get("command").forEach(word -> command.add(word.stringValue()));
    Map<String, String> environment = new LinkedHashMap<>();
    json.get("environment")
        .properties()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().stringValue()));
    Sources sources = new DirectorySources(out);
    Template during = during(template, json.get("text"));
    try (UnfinishedTemplate unfinished = repository.begin(during, sources, build::progress)) {
      build.progress(template.name() + ": running " + command.getFirst() + " in a container of it");
      Path made = out.resolve(MADE);
      Files.writeString(out.resolve(ENVIRONMENT), unfinished.closure().id().hex());
      postStep.run(
          unfinished.head(),
          unfinished.closure(),
          command,
          environment,
          json.get("output").stringValue(),
          made);
      Template whole = with(template, made);
      return keeper.keep(
          whole,
          provenance == null ? null : with(provenance, whole),
          sources,
          null,
          build::progress);
    }
  }

  /** The template with the files that are there for its post step alone. */
  private static Template during(Template template, JsonNode text) {
    List<TemplateFile> files = new ArrayList<>(template.files());
    for (JsonNode file : text) {
      files.add(
          new TemplateFile(
              file.get("source").stringValue(),
              file.get("path").stringValue(),
              null,
              file.get("mode").intValue()));
    }
    return template.with(files, template.libs(), template.links(), template.directories());
  }

  /**
   * The template with the files of a directory, each at its path relative to that; a file that was
   * there is replaced.
   */
  private static Template with(Template template, Path made) throws IOException {
    TreeMap<String, TemplateFile> files = new TreeMap<>();
    template.files().forEach(file -> files.put(file.path(), file));
    try (Stream<Path> paths = Files.walk(made)) {
      paths
          .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> made.relativize(path).toString())
          .forEach(
              name -> files.put("/" + name, new TemplateFile(MADE + name, "/" + name, null, null)));
    }
    return template.with(
        List.copyOf(files.values()), template.libs(), template.links(), template.directories());
  }

  /** The provenance with that of the files that a post step made. */
  private static Provenance with(Provenance provenance, Template template) {
    TreeMap<String, Origin> files = new TreeMap<>(provenance.files());
    for (TemplateFile file : template.files()) {
      if (file.source().startsWith(MADE)) {
        files.put(file.path(), new Origin(null, new Why.Post()));
      }
    }
    return provenance.with(files);
  }

  /** A path that no build uses and that the next start empties. */
  Path workPlace(String name) {
    return layout.building("+" + name);
  }

  /** Deletes a tree that only the builder and we write. */
  static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Environments, of no use to anybody, in which a crash ended a build; until {@link #clear}. */
  public List<Digest> abandoned() throws IOException {
    List<Digest> all = new ArrayList<>();
    if (Files.isDirectory(layout.buildings())) {
      try (Stream<Path> builds = Files.list(layout.buildings())) {
        for (Path mark : builds.map(build -> build.resolve(ENVIRONMENT)).toList()) {
          String id = Files.exists(mark) ? Files.readString(mark) : "";
          // A power cut may have left the file without its content.
          if (id.matches("[0-9a-f]{64}")) {
            all.add(new Digest(id));
          }
        }
      }
    }
    return all;
  }

  /** Deletes what builds left that a crash ended. */
  public void clear() throws IOException {
    delete(layout.buildings());
  }
}
