package dev.reg.engine.building;

import dev.reg.engine.building.Unifier.Unified;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.template.Head;
import dev.reg.template.ReplacedBuilds;
import dev.reg.template.Template;
import dev.reg.template.TemplateLib;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.unify.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Newer builds for the templates of a host: of all at once, or of none. One at a time. */
public final class Updates {
  private static final int ATTEMPTS = 5;

  /** Containers are made in less. */
  private static final int PATIENCE_MS = 10_000;

  private static final int LOOK_MS = 20;

  /** For how long an update that is under way is waited for by what need not be done now. */
  private static final int QUEUE_MS = 2_000;

  private final TemplateRepository repository;
  private final Path catalog;
  private final Builds builds;
  private final Templates templates;
  private final Unifier unifier;
  private final BooleanSupplier making;
  private final ObjectStore objects;
  private final ReplacedBuilds replaced;
  private final Templates.Afterwards dropUnheld;
  private final AtomicInteger count = new AtomicInteger();
  private final Turn turn = new Turn("update");
  private volatile @Nullable Planned planned;

  /**
   * The last plan that was asked for.
   *
   * @param heads of the templates as they were stored then
   * @param changes see {@link Templates#changes}
   */
  private record Planned(List<Head> heads, long changes, Plan plan) {}

  /**
   * Over a repository.
   *
   * @param making whether a container is being made whose environment is not there yet: it is made
   *     from the templates as they are
   * @param dropUnheld removes the environments that no container holds
   */
  public Updates(
      TemplateRepository repository,
      Path catalog,
      Builds builds,
      Templates templates,
      Unifier unifier,
      BooleanSupplier making,
      ObjectStore objects,
      ReplacedBuilds replaced,
      Templates.Afterwards dropUnheld) {
    this.repository = repository;
    this.catalog = catalog;
    this.builds = builds;
    this.templates = templates;
    this.unifier = unifier;
    this.making = making;
    this.objects = objects;
    this.replaced = replaced;
    this.dropUnheld = dropUnheld;
  }

  /** What somebody may do with what would be, before any of it is. */
  public interface Look {
    /**
     * Looks.
     *
     * @param unbuilt of a dry run, a sentence for each template of which nothing can be said before
     *     another is stored that it requires
     */
    void at(Before before, Unified unified, List<String> unbuilt) throws RegException, IOException;
  }

  /** Where the files of the templates came from that were stored before. */
  public record Before(Map<String, Optional<Provenance>> provenances) {
    /** Whether there was this template, {@code name@version}. */
    public boolean has(String template) {
      return provenances.containsKey(template);
    }

    /** Empty when nobody knew. */
    public Optional<Provenance> provenance(String template) {
      return provenances.getOrDefault(template, Optional.empty());
    }
  }

  /**
   * What would have to be done so that templates share the newest libraries that are stored.
   * Remembered while they stay as they are: it takes the file lists of all.
   */
  public Plan plan() throws RegException, IOException {
    long changes = templates.changes();
    List<Head> heads = repository.list();
    Planned known = planned;
    if (known != null && known.changes == changes && known.heads.equals(heads)) {
      return known.plan;
    }
    Plan plan = unifier.propose(Map.of()).plan();
    planned = new Planned(heads, changes, plan);
    return plan;
  }

  /**
   * Has templates share the newest libraries that are stored; one that would not be complete with
   * them keeps what it has.
   *
   * @return empty when an update is under way, which may take hours: nothing is done then
   */
  public Optional<Unified> unify(BuildWatcher watcher) throws RegException, IOException {
    if (!turn.isTaken(QUEUE_MS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(store(Map.of(), false, watcher));
    } finally {
      turn.end();
    }
  }

  /**
   * Builds templates again from what their packages are now, has all share the newest libraries,
   * and stores what changed at once.
   *
   * @param names of templates; all of which is known what they were made of when there is none
   * @param dry whether nothing is stored, nor what templates come to require
   * @param look is shown what will be stored, while it can be read
   * @throws RegException FAILED_PRECONDITION when one would not be complete then, UNAVAILABLE when
   *     no package lists are to be had; nothing is stored
   */
  public void update(List<String> names, boolean dry, BuildWatcher watcher, Look look)
      throws RegException, IOException {
    turn.take(watcher);
    try (FreshTemplates fresh = new FreshTemplates(repository, builds, templates, dry)) {
      // One time for all: the first has the package lists downloaded.
      Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      for (BuildSource source :
          new UpdateSources(repository, catalog, templates).of(names, watcher::progress)) {
        fresh.build(
            "+update" + count.incrementAndGet(), new BuildSource.Anew(source, now), watcher);
      }
      Before before = before();
      look.at(before, store(fresh.built(), dry, watcher), fresh.unbuilt());
    } finally {
      turn.end();
    }
  }

  private Unified store(
      Map<Template, Optional<Provenance>> fresh, boolean dry, BuildWatcher watcher)
      throws RegException, IOException {
    for (int attempt = 1; ; attempt++) {
      Unified unified = unifier.verified(fresh, watcher);
      if (dry || unified.after().changed().isEmpty()) {
        return unified;
      }
      try {
        carryOut(unified);
        return unified;
      } catch (RegException e) {
        if (e.kind() != ErrorKind.UNAVAILABLE || attempt == ATTEMPTS) {
          throw e;
        }
        // Somebody stored or removed a template meanwhile: think again.
      }
    }
  }

  private void carryOut(Unified unified) throws RegException, IOException {
    boolean[] done = new boolean[1];
    for (int waited = 0; !done[0]; waited += LOOK_MS) {
      templates.exclusively(
          () -> {
            if (!making.getAsBoolean()) {
              remember(unified);
              dropUnheld.run();
              repository.carryOut(unified.after());
              done[0] = true;
            }
          });
      if (!done[0]) {
        if (waited > PATIENCE_MS) {
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot replace templates: containers are being made of them; try again");
        }
        pause();
      }
    }
  }

  private Before before() throws IOException {
    Map<String, Optional<Provenance>> known = new TreeMap<>();
    for (Head head : repository.list()) {
      known.put(head.id(), before(head));
    }
    return new Before(known);
  }

  /** So that a container which runs on them can be told what it runs on. */
  private void remember(Unified unified) throws RegException, IOException {
    Map<ObjectId, String> versions = new HashMap<>();
    for (Head after : unified.after().changed()) {
      for (Head head : repository.versions(after.name())) {
        if (head.version().equals(after.version())) {
          Optional<Provenance> provenance = before(head);
          if (provenance.isPresent()) {
            for (TemplateLib lib : repository.load(head).libs()) {
              provenance
                  .get()
                  .packageOf(String.valueOf(lib.path()))
                  .ifPresent(from -> versions.put(lib.object(), from.version()));
            }
          }
        }
      }
    }
    replaced.add(versions, objects::contains);
  }

  private Optional<Provenance> before(Head head) throws IOException {
    try {
      return repository.provenance(head);
    } catch (RegException e) {
      return Optional.empty(); // damaged: then nobody knows
    }
  }

  private static void pause() throws RegException {
    try {
      Thread.sleep(LOOK_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "the update was interrupted", e);
    }
  }
}
