package dev.reg.template.unify;

import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.template.Template;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What templates have in the place of libraries that an environment was made with. */
public final class Successors {
  private final Map<String, Holding> byName = new HashMap<>();
  private final Set<ObjectId> objects = new HashSet<>();

  /** Of these templates; the first that has a library by a name counts. */
  public Successors(Collection<Template> templates) {
    for (Template template : templates) {
      objects.addAll(Holding.files(template).values());
      for (Holding holding : Holding.of(template)) {
        for (String name : holding.names()) {
          byName.putIfAbsent(name + holding.variant(), holding);
        }
      }
    }
  }

  /**
   * A library in another build.
   *
   * @param library its SONAME; of glibc's files only libc is told
   * @param path where the environment has it
   * @param has the environment's build, which none of the templates has
   * @param template that has the other build
   * @param newPath where that template has it
   * @param now the other build
   */
  public record Successor(
      String library, String path, ObjectId has, String template, String newPath, ObjectId now) {}

  /** Of an environment, sorted by path; empty when its libraries are the templates' own. */
  public List<Successor> of(Collection<Entry> environment) {
    Map<String, Set<String>> links = links(environment);
    List<Successor> found = new ArrayList<>();
    for (Entry entry : environment) {
      if (entry instanceof Entry.File file && !objects.contains(file.object())) {
        LibraryPlace place = LibraryPlace.of(file.path());
        if (place != null && place.name().contains(".so")) {
          Set<String> names = new HashSet<>(links.getOrDefault(file.path(), Set.of()));
          names.add(place.name());
          Successor successor = successor(file, place, names);
          if (successor != null) {
            found.add(successor);
          }
        }
      }
    }
    found.sort(Comparator.comparing(Successor::path));
    return withoutPartsOfGlibc(found);
  }

  private @Nullable Successor successor(Entry.File file, LibraryPlace place, Set<String> names) {
    // The shortest is the SONAME: file names have more of the version in them.
    for (String name :
        names.stream()
            .filter(LibraryPlace::hasAbi)
            .sorted(Comparator.comparingInt(String::length))
            .toList()) {
      Holding now = byName.get(name + place.variant());
      if (now != null) {
        return new Successor(
            name, file.path(), file.object(), now.template(), now.path(), now.object());
      }
    }
    return null;
  }

  /** Names of links beside a file that lead to it. */
  private static Map<String, Set<String>> links(Collection<Entry> environment) {
    Map<String, Set<String>> links = new TreeMap<>();
    for (Entry entry : environment) {
      if (entry instanceof Entry.Link(String path, String target)
          && target.indexOf('/') < 0
          && LibraryPlace.of(path) != null) {
        int slash = path.lastIndexOf('/');
        links
            .computeIfAbsent(path.substring(0, slash + 1) + target, key -> new HashSet<>())
            .add(path.substring(slash + 1));
      }
    }
    return links;
  }

  private static List<Successor> withoutPartsOfGlibc(List<Successor> all) {
    boolean whole = all.stream().anyMatch(each -> Glibc.isLead(each.library()));
    return all.stream()
        .filter(
            each -> !whole || Glibc.isLead(each.library()) || !Glibc.isNamedLikeOne(each.library()))
        .toList();
  }
}
