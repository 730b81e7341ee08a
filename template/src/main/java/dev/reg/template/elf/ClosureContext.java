package dev.reg.template.elf;

import dev.reg.template.elf.LoaderClosure.Because;
import dev.reg.template.elf.LoaderClosure.How;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What all programs of one closure share, and what is found out about them. */
final class ClosureContext {
  private final SysRoot root;
  private final SearchPath search;
  private final ElfFiles files;
  private final List<String> path;
  private final TreeMap<String, String> links = new TreeMap<>();
  private final TreeMap<String, Because> reasons = new TreeMap<>();
  private final Set<String> problems = new LinkedHashSet<>();
  private final Set<String> assumptions = new LinkedHashSet<>();
  private final Set<String> damaged = new LinkedHashSet<>();

  /** Libraries among the roots that only a path of their own leads to, by SONAME. */
  private final Map<String, String> byPath = new HashMap<>();

  /**
   * @param path directories in which programs are looked for by name
   */
  ClosureContext(SysRoot root, SearchPath search, ElfFiles files, List<String> path) {
    this.root = root;
    this.search = search;
    this.files = files;
    this.path = path;
    if (search.problem() != null) {
      problems.add(search.problem());
    }
  }

  SysRoot root() {
    return root;
  }

  SearchPath search() {
    return search;
  }

  List<String> path() {
    return path;
  }

  /** Each is told once, however many programs meet it. */
  void problem(String sentence) {
    problems.add(sentence);
  }

  List<String> problems() {
    return List.copyOf(problems);
  }

  void assumption(String sentence) {
    assumptions.add(sentence);
  }

  List<String> assumptions() {
    return List.copyOf(assumptions);
  }

  void links(Map<String, String> passed) {
    passed.forEach(
        (link, target) -> {
          if (!SysRoot.isMerged(link)) {
            links.put(link, target);
          }
        });
  }

  Map<String, String> links() {
    return links;
  }

  /** The first reason counts. */
  void reason(String place, Because because) {
    if (!place.equals(because.by())) {
      reasons.putIfAbsent(place, because);
    }
  }

  /** What brought a file; itself when nothing did. */
  Because reason(String place) {
    Because known = reasons.get(place);
    return known == null ? new Because(place, How.LINK, place) : known;
  }

  /** Remembers a root that others may find in the process when they are loaded. */
  void offer(String place, ElfFile elf) throws IOException {
    String soname = elf.soname();
    if (soname != null
        && !search.isDefault(place.substring(0, Math.max(place.lastIndexOf('/'), 1)), elf)) {
      byPath.putIfAbsent(soname, place);
    }
  }

  /** Where a library is that somebody may have loaded by its path. */
  @Nullable String offered(String soname) {
    return byPath.get(soname);
  }

  /** The parsed file; null and a problem when it is damaged. */
  @Nullable ElfFile elf(String place, @Nullable String by) throws IOException {
    try {
      return files.read(root.content(place));
    } catch (ElfException e) {
      if (damaged.add(place)) {
        problem(
            (by == null ? "" : by + " would load ")
                + place
                + (by == null ? "" : ", which")
                + " is not a sound ELF file: "
                + e.getMessage());
      }
      return null;
    }
  }
}
