package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the templates of a host would be if some were others. Nobody else sees it until {@link
 * TemplateRepository#carryOut}, and it is worth nothing once a template has come or gone.
 */
public final class Proposal implements Shelf {
  private final TemplateRepository repository;
  private final SortedMap<String, List<Head>> base;
  private final Map<Head, TemplateGroup.Part> entries = new LinkedHashMap<>();
  private final Map<String, List<Head>> versions = new TreeMap<>();

  Proposal(
      TemplateRepository repository,
      SortedMap<String, List<Head>> base,
      List<TemplateGroup.Part> entries) {
    this.repository = repository;
    this.base = base;
    this.versions.putAll(base);
    for (TemplateGroup.Part entry : entries) {
      this.entries.put(entry.head(), entry);
      List<Head> all = new ArrayList<>(versions.getOrDefault(entry.head().name(), List.of()));
      all.removeIf(head -> head.version().equals(entry.head().version()));
      all.add(entry.head());
      all.sort(Comparator.comparing(Head::version).reversed());
      versions.put(entry.head().name(), List.copyOf(all));
    }
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
  SortedMap<String, List<Head>> base() {
    return base;
  }

  /** The templates that would be new, or others than the stored ones of their names. */
  public List<Head> changed() {
    return List.copyOf(entries.keySet());
  }

  /** All templates that there would be, by name, the highest version first. */
  public List<Head> list() {
    return versions.values().stream().flatMap(List::stream).toList();
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
    return versions(wanted.name()).stream()
        .filter(head -> wanted.matches(head.version()))
        .findFirst();
  }

  @Override
  public List<Head> versions(String name) {
    return versions.getOrDefault(name, List.of());
  }

  @Override
  public List<String> nearMisses(String name, Collection<String> otherKnownNames) {
    return repository.nearMisses(name, otherKnownNames);
  }
}
