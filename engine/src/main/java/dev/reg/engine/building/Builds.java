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
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Builds under way, one per recipe however many wait for it. A failed one leaves nothing. */
public final class Builds {
  /** A file with the id of the environment that a post step runs in. */
  private static final String ENVIRONMENT = "environment";

  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Layout layout;
  private final TemplateRepository repository;
  private final Configuration configuration;
  private final PostStep postStep;
  private final Completeness completeness;
  private final Function<String, List<String>> users;
  private final Map<String, Build> underWay = new ConcurrentHashMap<>();

  private static final class Build {
    final List<BuildWatcher> watchers = new CopyOnWriteArrayList<>();
    final CompletableFuture<Head> done = new CompletableFuture<>();

    void tell(String line) {
      watchers.forEach(watcher -> watcher.progress(line));
    }

    boolean isWanted() {
      return watchers.stream().anyMatch(watcher -> !watcher.isGone());
    }
  }

  /** Has the repository match what the template being built requires. */
  interface Requirements {
    void ensure(TemplateRef required) throws RegException, IOException;
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
      Function<String, List<String>> users) {
    this.layout = layout;
    this.repository = repository;
    this.configuration = configuration;
    this.postStep = postStep;
    this.completeness = completeness;
    this.users = users;
  }

  /** What shows templates to be complete. */
  Completeness completeness() {
    return completeness;
  }

  boolean isUnderWay(String name) {
    return underWay.containsKey(name);
  }

  /** Builds, or waits for the one who builds the same already. */
  Head build(String name, BuildSource source, BuildWatcher watcher, Requirements requirements)
      throws RegException, IOException {
    Build mine = new Build();
    mine.watchers.add(watcher);
    Build before = underWay.putIfAbsent(name, mine);
    if (before != null) {
      before.watchers.add(watcher);
      watcher.progress(name + ": waiting for a build that is under way");
      return await(name, before);
    }
    try {
      Head head = make(source, layout.building(name), mine, requirements);
      mine.done.complete(head);
      return head;
    } catch (RegException | IOException | RuntimeException | Error e) {
      mine.done.completeExceptionally(e);
      throw e;
    } finally {
      underWay.remove(name, mine);
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
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
    }
  }

  private Head make(BuildSource source, Path out, Build build, Requirements requirements)
      throws RegException, IOException {
    delete(out);
    try {
      Files.createDirectories(out, PRIVATE);
      BuilderProcess.run(
          source, out, layout.aptCache(), configuration, build::tell, build::isWanted);
      Path file = out.resolve("template.yaml");
      Template template = TemplateReader.read(file.toString(), Files.readAllBytes(file));
      for (TemplateRef required : template.requires()) {
        requirements.ensure(required);
      }
      Path post = out.resolve("post.json");
      return Files.exists(post)
          ? finish(template, out, post, build)
          : add(template, new DirectorySources(out), build);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot build a template in " + out);
    } finally {
      delete(out);
    }
  }

  /** Stores what is as complete as it declares. */
  private Head add(Template template, Sources sources, Build build)
      throws RegException, IOException {
    boolean replace = users.apply(template.id()).isEmpty();
    return completeness.add(repository, template, sources, replace, build::tell);
  }

  /**
   * Runs the post step in a container of the template, and stores it with what that made: until
   * then nobody finds it.
   */
  private Head finish(Template template, Path out, Path post, Build build)
      throws RegException, IOException {
    JsonNode json = new JsonMapper().readTree(Files.readAllBytes(post));
    List<String> command = new ArrayList<>();
    json.get("command").forEach(word -> command.add(word.stringValue()));
    Map<String, String> environment = new LinkedHashMap<>();
    json.get("environment")
        .properties()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().stringValue()));
    Sources sources = new DirectorySources(out);
    Template during = during(template, json.get("text"));
    try (UnfinishedTemplate unfinished = repository.begin(during, sources, build::tell)) {
      build.tell(template.name() + ": running " + command.getFirst() + " in a container of it");
      Path made = out.resolve("post");
      Files.writeString(out.resolve(ENVIRONMENT), unfinished.closure().id().hex());
      postStep.run(
          unfinished.head(),
          unfinished.closure(),
          command,
          environment,
          json.get("output").stringValue(),
          made);
      return add(with(template, made), sources, build);
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
              name ->
                  files.put("/" + name, new TemplateFile("post/" + name, "/" + name, null, null)));
    }
    return template.with(
        List.copyOf(files.values()), template.libs(), template.links(), template.directories());
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
