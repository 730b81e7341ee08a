package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.store.Failures;
import dev.reg.store.Layout;
import dev.reg.store.Trees;
import dev.reg.template.Closure;
import dev.reg.template.DirectorySources;
import dev.reg.template.Execution;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes {@link Underlay}s: all files of the packages that the catalog's recipes name. */
public final class Underlays {
  private static final String NAME = "trace";

  /** Bytes of the list of where files come from. */
  private static final int LARGEST_ORIGINS = 8 << 20;

  private final Layout layout;
  private final TemplateRepository repository;
  private final Builders builders;
  private final Path catalog;
  private final AtomicInteger count = new AtomicInteger();

  public Underlays(Layout layout, TemplateRepository repository, Builders builders, Path catalog) {
    this.layout = layout;
    this.repository = repository;
    this.builders = builders;
    this.catalog = catalog;
  }

  /**
   * Fetches and unpacks the packages of every template of a closure that a recipe makes, and stores
   * what the closure does not have. Nobody has to find the templates by their names, but their
   * objects are stored.
   *
   * @throws RegException FAILED_PRECONDITION when no recipe makes any of them; INVALID when there
   *     is none
   */
  public Underlay make(Closure closure, BuildWatcher watcher) throws RegException, IOException {
    if (closure.templates().isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot trace a run without a template: name one with -t, or in reg.yaml");
    }
    // No template has such a name.
    Path work = layout.building("+" + NAME + count.incrementAndGet());
    Trees.deleteIfThere(work);
    try {
      Files.createDirectories(work, BuildPlaces.PRIVATE);
      List<Part> parts = new ArrayList<>();
      for (Head head : closure.templates()) {
        Optional<Path> recipe = Recipes.find(catalog, new TemplateRef(head.name(), ""));
        if (recipe.isPresent()) {
          parts.add(part(recipe.get(), work, head.name(), watcher));
        }
      }
      if (parts.isEmpty()) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot trace "
                + String.join(", ", closure.templates().stream().map(Head::id).toList())
                + ": the catalog has a recipe for none of them, so nobody knows what else there is"
                + " to open");
      }
      return store(closure, parts, work, watcher);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot lay packages out in " + work);
    } finally {
      Trees.deleteIfThere(work);
    }
  }

  /** All files of one recipe's packages. */
  private record Part(String name, Template template, Map<String, String> origins) {}

  private Part part(Path recipe, Path work, String name, BuildWatcher watcher)
      throws RegException, IOException {
    Path out = work.resolve(name);
    builders.run(
        new BuildSource.Recipe(recipe, true),
        out,
        watcher::progress,
        () -> !watcher.isGone(),
        (required, packages) -> {
          throw new IllegalStateException("a whole tree requires " + required);
        });
    Path file = out.resolve("template.yaml");
    Template template =
        TemplateReader.read(
            file.toString(),
            BuilderOutput.read(out, "template.yaml", BuilderOutput.LARGEST_TEMPLATE));
    Map<String, String> origins = new HashMap<>();
    String text =
        new String(BuilderOutput.read(out, "origins", LARGEST_ORIGINS), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      int tab = line.indexOf('\t');
      origins.put(line.substring(tab + 1), line.substring(0, tab));
    }
    return new Part(name, template, origins);
  }

  private Underlay store(Closure closure, List<Part> parts, Path work, BuildWatcher watcher)
      throws RegException, IOException {
    Claims claims = new Claims();
    for (Entry entry : closure.tree().entries()) {
      if (!(entry instanceof Entry.Directory)) {
        claims.add(entry.path());
      }
    }
    List<TemplateFile> files = new ArrayList<>();
    TreeMap<String, String> links = new TreeMap<>();
    TreeMap<String, String> allLinks = new TreeMap<>();
    Map<String, String> origins = new HashMap<>();
    for (Part part : parts) {
      for (TemplateFile file : part.template.files()) {
        if (claims.add(file.path())) {
          String source = part.name + "/" + file.source();
          files.add(new TemplateFile(source, file.path(), file.digest(), file.mode()));
        }
      }
      for (TemplateLib lib : part.template.libs()) {
        throw new IllegalStateException("a whole tree has only files, not " + lib.name());
      }
      part.template
          .links()
          .forEach(
              (path, target) -> {
                allLinks.putIfAbsent(path, target);
                if (claims.add(path)) {
                  links.put(path, target);
                }
              });
      part.origins.forEach(origins::putIfAbsent);
    }
    Template all =
        new Template(
            NAME,
            Version.parse(Integer.toString(count.get())),
            List.of(),
            files,
            List.of(),
            links,
            List.of(),
            Level.NONE,
            Execution.NONE);
    return new Underlay(
        repository.begin(all, closure, new DirectorySources(work), watcher::progress),
        origins,
        allLinks);
  }

  /** Paths that are taken; below a file or link nothing more can be. */
  private static final class Claims {
    private final TreeSet<String> taken = new TreeSet<>();

    /** Whether the path was free, and is taken now. */
    boolean add(String path) {
      String below = taken.ceiling(path + "/");
      if (below != null && below.startsWith(path + "/")) {
        return false;
      }
      for (int at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
        if (taken.contains(path.substring(0, at))) {
          return false;
        }
      }
      return taken.add(path);
    }
  }
}
