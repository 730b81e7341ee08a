package dev.reg.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Heads by name, of each name the highest version first. Never changes: others are made of it. */
final class HeadIndex {
  private static final Comparator<Head> HIGHEST_FIRST =
      Comparator.comparing(Head::version).reversed();

  private final SortedMap<String, List<Head>> byName;

  private HeadIndex(SortedMap<String, List<Head>> byName) {
    this.byName = Collections.unmodifiableSortedMap(byName);
  }

  static HeadIndex of(Collection<Head> heads) {
    return new HeadIndex(new TreeMap<>()).with(heads);
  }

  /** With these in the place of those of the same names and versions. */
  HeadIndex with(Collection<Head> heads) {
    SortedMap<String, List<Head>> index = new TreeMap<>(byName);
    for (Head head : heads) {
      List<Head> versions = others(index, head);
      versions.add(head);
      versions.sort(HIGHEST_FIRST);
      index.put(head.name(), List.copyOf(versions));
    }
    return new HeadIndex(index);
  }

  /** Without the one of this name and version. */
  HeadIndex without(Head head) {
    SortedMap<String, List<Head>> index = new TreeMap<>(byName);
    List<Head> versions = others(index, head);
    if (versions.isEmpty()) {
      index.remove(head.name());
    } else {
      index.put(head.name(), List.copyOf(versions));
    }
    return new HeadIndex(index);
  }

  private static List<Head> others(SortedMap<String, List<Head>> index, Head head) {
    List<Head> versions = new ArrayList<>(index.getOrDefault(head.name(), List.of()));
    versions.removeIf(each -> each.version().equals(head.version()));
    return versions;
  }

  /** All, by name. */
  List<Head> list() {
    return byName.values().stream().flatMap(List::stream).toList();
  }

  Set<String> names() {
    return byName.keySet();
  }

  /** Of a name, the highest first; empty when there is none. */
  List<Head> versions(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /** The highest version that matches. */
  Optional<Head> find(TemplateRef wanted) {
    return versions(wanted.name()).stream()
        .filter(head -> wanted.matches(head.version()))
        .findFirst();
  }

  @Nullable Head find(String name, Version version) {
    return versions(name).stream()
        .filter(head -> head.version().equals(version))
        .findFirst()
        .orElse(null);
  }
}
