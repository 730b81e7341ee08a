package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the templates of a host would be if some were others. Nobody else sees it until {@link
 * TemplateRepository#carryOut}, and it is worth nothing once a template has come or gone.
 */
public final class Proposal implements Shelf {
  private final TemplateRepository repository;
  private final HeadIndex base;
  private final Map<Head, TemplateGroup.Part> entries = new LinkedHashMap<>();
  private final HeadIndex heads;

  Proposal(TemplateRepository repository, HeadIndex base, List<TemplateGroup.Part> entries) {
    this.repository = repository;
    this.base = base;
    entries.forEach(entry -> this.entries.put(entry.head(), entry));
    this.heads = base.with(this.entries.keySet());
  }

  /** Another one for the same stored templates. */
  public Proposal instead(Map<Template, Optional<Provenance>> templates)
      throws IOException, RegException {
    return repository.propose(base, templates);
  }

  List<TemplateGroup.Part> parts() {
    return List.copyOf(entries.values());
  }

  /** What was stored when this was thought of. */
  HeadIndex base() {
    return base;
  }

  /** The templates that would be new, or others than the stored ones of their names. */
  public List<Head> changed() {
    return List.copyOf(entries.keySet());
  }

  /** All templates that there would be, by name, the highest version first. */
  public List<Head> list() {
    return heads.list();
  }

  /**
   * Those whose closures would have a template that is new or another; without what cannot be
   * resolved now either.
   */
  public List<Head> affected() {
    List<Head> affected = new ArrayList<>();
    for (Head head : list()) {
      if (entries.containsKey(head) || isAffected(head)) {
        affected.add(head);
      }
    }
    return affected;
  }

  private boolean isAffected(Head head) {
    try {
      return closure(head).templates().stream().anyMatch(entries::containsKey);
    } catch (RegException e) {
      // Whoever asks for its closure is told, unless it has none now either.
      return new Proposal(repository, base, List.of()).resolves(head);
    }
  }

  private boolean resolves(Head head) {
    try {
      closure(head);
      return true;
    } catch (RegException e) {
      return false;
    }
  }

  /**
   * A template of the proposal with all it would require.
   *
   * @throws RegException as {@link Resolver#resolve(List)}
   */
  public Closure closure(Head head) throws RegException {
    return closure(List.of(new TemplateRef(head.name(), head.version().text())));
  }

  /** As {@link #closure(Head)} of several. */
  public Closure closure(List<TemplateRef> wanted) throws RegException {
    return new Resolver(this).resolve(wanted);
  }

  /** Where the files of a template of the proposal come from; empty when nobody knows. */
  public Optional<Provenance> provenance(Head head) throws IOException, RegException {
    TemplateGroup.Part entry = entries.get(head);
    return entry == null ? repository.provenance(head) : Optional.ofNullable(entry.provenance());
  }

  /** Whether all objects of a template are stored. */
  public boolean isWhole(Template template) {
    return repository.isWhole(template);
  }

  @Override
  public Template load(Head head) throws IOException, RegException {
    TemplateGroup.Part entry = entries.get(head);
    return entry == null ? repository.load(head) : entry.template();
  }

  @Override
  public Optional<Head> find(TemplateRef wanted) {
    return heads.find(wanted);
  }

  @Override
  public List<Head> versions(String name) {
    return heads.versions(name);
  }

  @Override
  public List<String> nearMisses(String name, Collection<String> otherKnownNames) {
    return repository.nearMisses(name, otherKnownNames);
  }
}
