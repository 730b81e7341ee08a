package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which packages a tree is made of, what each brought, and which depends on which. */
final class PackageGraph {
  /** Used by maintainer scripts, which are never run: nothing of theirs is looked for. */
  private static final Set<String> MAINTENANCE =
      Set.of(
          "adduser",
          "base-files",
          "base-passwd",
          "cdebconf",
          "debconf",
          "dpkg",
          "dpkg-dev",
          "init-system-helpers",
          "install-info",
          "libpam-runtime",
          "lsb-base",
          "passwd",
          "sensible-utils",
          "sysvinit-utils",
          "ucf",
          "update-inetd");

  private final PackageTree tree;
  private final Map<String, PackageControl> packages = new LinkedHashMap<>();
  private final Map<String, Set<String>> providers = new HashMap<>();
  private final Map<String, List<String>> paths = new HashMap<>();

  PackageGraph(PackageTree tree, Collection<PackageControl> controls) {
    this.tree = tree;
    for (PackageControl one : controls) {
      packages.put(one.name(), one);
      provider(one.name(), one.name());
      one.provides().forEach(name -> provider(name, one.name()));
    }
    tree.nodes()
        .forEach(
            (path, node) ->
                paths.computeIfAbsent(node.origin(), key -> new ArrayList<>()).add(path));
  }

  private void provider(String name, String by) {
    providers.computeIfAbsent(name, key -> new LinkedHashSet<>()).add(by);
  }

  Set<String> names() {
    return packages.keySet();
  }

  /** The paths that a package was the first to bring, sorted. */
  List<String> paths(String name) {
    return paths.getOrDefault(name, List.of());
  }

  /** The packages of the tree that meet its dependencies; of alternatives all that are there. */
  Set<String> depends(String name) {
    Set<String> out = new LinkedHashSet<>();
    PackageControl one = packages.get(name);
    if (one != null && !MAINTENANCE.contains(name)) {
      one.depends().stream()
          .sorted()
          .forEach(wanted -> out.addAll(providers.getOrDefault(wanted, Set.of())));
    }
    out.removeAll(MAINTENANCE);
    return out;
  }

  /** These packages and all they depend on, by whatever way. */
  Set<String> reach(Collection<String> from) {
    Set<String> seen = new LinkedHashSet<>(from);
    Deque<String> work = new ArrayDeque<>(seen);
    while (!work.isEmpty()) {
      for (String next : depends(work.remove())) {
        if (seen.add(next)) {
          work.add(next);
        }
      }
    }
    return seen;
  }

  boolean hasPrograms(String name) {
    return paths(name).stream().anyMatch(path -> isLeaf(path) && Kinds.isProgram(path));
  }

  /**
   * The packages meant by these names: a package that has nothing to run or load in it stands for
   * those it depends on.
   */
  Set<String> meant(Collection<String> names) {
    Set<String> out = new LinkedHashSet<>();
    Set<String> seen = new LinkedHashSet<>();
    Deque<String> work = new ArrayDeque<>();
    names.forEach(name -> work.addAll(providers.getOrDefault(name, Set.of())));
    while (!work.isEmpty()) {
      String name = work.remove();
      if (!seen.add(name)) {
        continue;
      }
      out.add(name);
      if (paths(name).stream().noneMatch(path -> isLeaf(path) && !Kinds.isForPeople(path))) {
        work.addAll(depends(name));
      }
    }
    return out;
  }

  private boolean isLeaf(String path) {
    return !(tree.get(path) instanceof Node.Directory);
  }
}
