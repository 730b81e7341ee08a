package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.LinkWay;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A file that a template has where the loader looks for libraries; whether it is one, nobody has
 * looked yet.
 *
 * @param template {@code name@version}
 * @param variant of {@link LibraryPlace}
 * @param names by which the loader may find it: the file's, and those of links to it
 */
record Holding(String template, String path, ObjectId object, String variant, Set<String> names) {
  Holding {
    names = Set.copyOf(names);
  }

  /** All files of a template, by path. */
  static Map<String, ObjectId> files(Template template) {
    Map<String, ObjectId> files = new TreeMap<>();
    for (TemplateFile file : template.files()) {
      files.put(file.path(), file.object());
    }
    for (TemplateLib lib : template.libs()) {
      files.put(path(lib), lib.object());
    }
    return files;
  }

  static String path(TemplateLib lib) {
    return Objects.requireNonNull(lib.path(), lib.name());
  }

  static List<Holding> of(Template template) {
    Map<String, Set<String>> names = new TreeMap<>();
    for (String link : template.links().keySet()) {
      LibraryPlace place = LibraryPlace.of(link);
      LinkWay way = place == null ? null : LinkWay.follow(template, link);
      if (place != null && way != null) {
        names.computeIfAbsent(way.path(), key -> new HashSet<>()).add(place.name());
      }
    }
    for (TemplateLib lib : template.libs()) {
      names.computeIfAbsent(path(lib), key -> new HashSet<>()).add(lib.soname());
    }
    List<Holding> all = new ArrayList<>();
    files(template)
        .forEach(
            (path, object) -> {
              LibraryPlace place = LibraryPlace.of(path);
              if (place != null && place.name().contains(".so")) {
                Set<String> known = new HashSet<>(names.getOrDefault(path, Set.of()));
                known.add(place.name());
                all.add(new Holding(template.id(), path, object, place.variant(), known));
              }
            });
    return all;
  }
}
