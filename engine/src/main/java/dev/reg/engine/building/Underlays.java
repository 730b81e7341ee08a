package dev.reg.engine.building;

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
import dev.reg.template.TemplateRepository;
import dev.reg.template.Version;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes {@link Underlay}s: all files of the packages that templates were made of. */
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
   * Fetches and unpacks the packages of every template of a closure that has files, and stores what
   * the closure does not have. Nobody has to find the templates by their names, but their objects
   * are stored.
   *
   * @param origins of the templates: whatever they are called, what they were made of counts
   * @throws RegException FAILED_PRECONDITION when one was made of neither packages nor a recipe, so
   *     that nobody knows what it leaves out; INVALID when there is none
   */
  public Underlay make(Closure closure, Origins origins, BuildWatcher watcher)
      throws RegException, IOException {
    if (closure.templates().isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot trace a run without a template: name one with -t, or in reg.yaml");
    }
    Map<Head, BuildSource> sources = new LinkedHashMap<>();
    for (Head head : closure.templates()) {
      if (head.files() > 0) {
        sources.put(head, source(head, origins));
      }
    }
    // No template has such a name.
    Path work = layout.building("+" + NAME + count.incrementAndGet());
    Trees.deleteIfThere(work);
    try {
      Files.createDirectories(work, BuildPlaces.PRIVATE);
      List<Part> parts = new ArrayList<>();
      for (Map.Entry<Head, BuildSource> each : sources.entrySet()) {
        parts.add(part(each.getValue(), work, each.getKey().name(), watcher));
      }
      return store(closure, parts, work, watcher);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot lay packages out in " + work);
    } finally {
      Trees.deleteIfThere(work);
    }
  }

  private BuildSource source(Head head, Origins origins) throws RegException, IOException {
    BuiltFrom from = origins.of(head).map(Provenance::source).orElse(null);
    Optional<BuildSource> source =
        from == null ? Optional.empty() : MadeAgain.source(from, catalog);
    return source
        .flatMap(BuildSource::withAllFiles)
        .orElseThrow(
            () ->
                new RegException(
                    ErrorKind.FAILED_PRECONDITION,
                    "cannot trace "
                        + head.id()
                        + ": it "
                        + origin(from)
                        + ", so nobody knows what it leaves out; trace what a recipe or 'reg"
                        + " template build --from-deb' makes"));
  }

  private static String origin(@Nullable BuiltFrom from) {
    return switch (from) {
      case null -> "was stored without a word of what it was made of";
      case BuiltFrom.Recipe recipe -> "was made by a recipe that the catalog has no more";
      case BuiltFrom.OwnRecipe own -> "was made by a recipe of its own";
      case BuiltFrom.Packages packages -> "was made of packages";
      case BuiltFrom.Image image -> "was made of an image";
      case BuiltFrom.Program program -> "was made of a program of a machine";
      case BuiltFrom.File file -> "was written by hand";
    };
  }

  /** All files of one template's packages. */
  private record Part(String name, Template template, Map<String, String> origins) {}

  private Part part(BuildSource whole, Path work, String name, BuildWatcher watcher)
      throws RegException, IOException {
    Path out = work.resolve(name);
    builders.run(
        whole,
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
