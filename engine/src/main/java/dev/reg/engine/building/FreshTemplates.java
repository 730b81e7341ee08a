package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Sources;
import dev.reg.template.Template;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.UnfinishedTemplate;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an update has built: its objects are there until this is closed, and nobody finds it. */
final class FreshTemplates implements AutoCloseable {
  private final TemplateRepository repository;
  private final Builds builds;
  private final Templates templates;
  private final boolean dry;
  private final List<UnfinishedTemplate> unfinished = new ArrayList<>();
  private final Map<Template, Optional<Provenance>> built = new LinkedHashMap<>();
  private final List<TemplateRef> lacking = new ArrayList<>();
  private final List<String> unbuilt = new ArrayList<>();

  /**
   * @param dry whether nothing is stored that they require, either
   */
  FreshTemplates(TemplateRepository repository, Builds builds, Templates templates, boolean dry) {
    this.repository = repository;
    this.builds = builds;
    this.templates = templates;
    this.dry = dry;
  }

  /** Resolved, with where their files come from. */
  Map<Template, Optional<Provenance>> built() {
    return built;
  }

  /** A sentence for each that cannot be built before something else is stored. */
  List<String> unbuilt() {
    return unbuilt;
  }

  /**
   * Builds one more.
   *
   * @param place nobody else's
   */
  void build(String place, BuildSource source, BuildWatcher watcher)
      throws RegException, IOException {
    lacking.clear();
    try {
      builds.build(place, source, watcher, new Required(), this::keep);
    } catch (RegException e) {
      if (lacking.isEmpty()) {
        throw e;
      }
      unbuilt.add(
          lacking.getFirst() + ": would be built, " + source + " requires it; the rest shows then");
    }
  }

  /** What has been built anew takes the place of what is stored. */
  private final class Required implements Builds.Requirements {
    @Override
    public void ensure(TemplateRef required, BuildWatcher forWhom)
        throws RegException, IOException {
      if (dry) {
        look(required, forWhom);
      } else {
        templates.ensure(required, forWhom);
      }
    }

    @Override
    public Closure closure(TemplateRepository stored, List<TemplateRef> required)
        throws RegException, IOException {
      return stored.propose(built).closure(required);
    }
  }

  /** Only looks whether there is what is required, or would be. */
  private void look(TemplateRef required, BuildWatcher forWhom) throws RegException, IOException {
    if (repository.find(required).isPresent()) {
      return;
    }
    boolean made =
        templates.hasRecipe(required.name()) && repository.versions(required.name()).isEmpty();
    if (made) {
      lacking.add(required);
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION, "cannot go on: " + required + " is not stored");
    }
    templates.ensure(required, forWhom); // which says why it is not to be had
  }

  private Head keep(
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      @Nullable String unlooked,
      BuildWatcher watcher)
      throws RegException, IOException {
    UnfinishedTemplate begun = repository.begin(template, sources, watcher::progress);
    unfinished.add(begun);
    built.put(
        builds.completeness().waived(begun, unlooked, watcher::progress),
        Optional.ofNullable(provenance));
    return begun.head();
  }

  @Override
  public void close() throws IOException {
    for (UnfinishedTemplate each : unfinished) {
      each.close();
    }
  }
}
