package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.template.complete.ContainersOwn;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What of a tree of packages goes into a template: what the recipe's patterns match, what those
 * files load, and what links among all that lead to.
 */
final class Selection {
  /** A file of the template; {@code soname} is empty unless it was found as a shared library. */
  record Chosen(FileContent content, int mode, String soname) {}

  private final Recipe recipe;
  private final PackageTree tree;
  private final TreeMap<String, Chosen> files = new TreeMap<>();
  private final TreeMap<String, String> links = new TreeMap<>();
  private final TreeMap<String, Reason> reasons = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * Why a path is in the template.
   *
   * @param origin of the node; null for what is in no package
   */
  record Reason(@Nullable String origin, Why why) {}

  private boolean asIs;

  private Selection(Recipe recipe, PackageTree tree) {
    this.recipe = recipe;
    this.tree = tree;
  }

  static Selection of(Recipe recipe, PackageTree tree) throws IOException {
    Selection out = new Selection(recipe, tree);
    out.match();
    out.checkPrograms();
    out.complete();
    return out;
  }

  /** Of these paths, each with its reason, beside what the recipe adds. */
  static Selection of(Recipe recipe, PackageTree tree, Map<String, Why> paths) throws IOException {
    Selection out = new Selection(recipe, tree);
    paths.forEach(out::add);
    out.complete();
    return out;
  }

  /** Just these paths, whatever they need. */
  static Selection asIs(Recipe recipe, PackageTree tree, Collection<String> paths) {
    Selection out = new Selection(recipe, tree);
    out.asIs = true;
    paths.forEach(path -> out.add(path, new Why.Whole(null)));
    return out;
  }

  private void complete() throws IOException {
    for (Map.Entry<String, String> link : recipe.links().entrySet()) {
      links.put(link.getKey(), link.getValue());
      reasons.put(link.getKey(), new Reason(null, new Why.Link()));
    }
    Map<String, String> moved = addLibraries();
    followLinks();
    reasons.keySet().removeIf(path -> !files.containsKey(path) && !links.containsKey(path));
    reasons.replaceAll(
        (path, reason) -> new Reason(reason.origin, Reasons.moved(reason.why, moved)));
  }

  /** Whether nothing was looked for beside what was named. */
  boolean isAsIs() {
    return asIs;
  }

  SortedMap<String, Chosen> files() {
    return files;
  }

  SortedMap<String, String> links() {
    return links;
  }

  /** By path, of files and links; of a link on the way there may be none. */
  SortedMap<String, Reason> reasons() {
    return reasons;
  }

  /** One sentence for each thing missing or contradictory; empty means complete. */
  List<String> problems() {
    return problems;
  }

  private void match() throws IOException {
    for (Recipe.Wanted wanted : recipe.include()) {
      boolean found = false;
      Why why = new Why.Pattern(wanted.slice(), wanted.glob().toString());
      for (String path : tree.nodes().keySet()) {
        if (wanted.glob().matches(path)
            && recipe.exclude().stream().noneMatch(no -> no.matches(path))) {
          // Another content is taken, and refused when it is put together with what is required.
          found |= tree.isGivenAsItIs(path) || take(path, tree.nodes().get(path), why);
        }
      }
      if (!found) {
        problems.add("the pattern " + Text.quote(wanted.glob().toString()) + " matches nothing");
      }
    }
  }

  /** Whether there is a file or link at that path, in what is required or from now on. */
  private boolean add(String path, Why why) {
    return tree.isGiven(path) || take(path, tree.get(path), why);
  }

  private boolean take(String path, @Nullable Node node, Why why) {
    if (node instanceof Node.File || node instanceof Node.Link) {
      reasons.putIfAbsent(path, new Reason(node.origin(), why));
    }
    if (node instanceof Node.File file) {
      files.putIfAbsent(path, new Chosen(file.content(), file.mode(), ""));
    } else if (node instanceof Node.Link link && !files.containsKey(path)) {
      links.put(path, link.target());
    }
    return node instanceof Node.File || node instanceof Node.Link;
  }

  private boolean isProgram(String path) {
    return recipe.programs().stream().anyMatch(glob -> glob.matches(path));
  }

  private void checkPrograms() {
    files.forEach(
        (path, file) -> {
          if (isProgram(path) && (file.mode() & 0111) == 0) {
            problems.add(Text.quote(path) + " is among the programs but not executable");
          }
        });
  }

  /** Returns where libraries are that are not at their own path, by that. */
  private Map<String, String> addLibraries() throws IOException {
    List<String> roots = new ArrayList<>();
    for (Map.Entry<String, Chosen> file : files.entrySet()) {
      if (isProgram(file.getKey()) || file.getValue().content().isElf()) {
        roots.add(file.getKey());
      }
    }
    for (Map.Entry<String, String> link : links.entrySet()) {
      String target = program(link.getKey(), link.getValue());
      if (target != null) {
        roots.add(tree.get(link.getKey()) instanceof Node.Link ? link.getKey() : target);
      }
    }
    LoaderClosure.Result result = tree.closure().resolve(roots);
    problems.addAll(result.problems());
    TreeMap<String, String> passed = new TreeMap<>();
    result.links().forEach((path, target) -> passed.put(Paths.merged(path), target));
    passed
        .keySet()
        .removeIf(path -> tree.isGiven(path) || tree.get(path) instanceof Node.Directory);
    Map<String, String> moved = new TreeMap<>();
    for (LoaderClosure.Found found : result.libs()) {
      String path = Paths.merged(found.path());
      if (!tree.isGiven(path)) {
        addLibrary(found, path, passed, moved);
      }
    }
    for (Map.Entry<String, String> link : passed.entrySet()) {
      String path = link.getKey();
      if (!files.containsKey(path) && links.putIfAbsent(path, link.getValue()) == null) {
        Node node = tree.get(path);
        Reasons.ofLink(path, result, tree)
            .ifPresent(
                why -> reasons.put(path, new Reason(node == null ? null : node.origin(), why)));
      }
    }
    return moved;
  }

  /** The program or library that a link leads to, or null when it is neither. */
  private @Nullable String program(String path, String target) throws IOException {
    String joined = target.startsWith("/") ? target : Paths.parent(path) + "/" + target;
    String end = tree.resolve(joined).map(PackageTree.Resolved::path).orElse("");
    return tree.get(end) instanceof Node.File file
            && (isProgram(path) || isProgram(end) || file.content().isElf())
        ? end
        : null;
  }

  /** Under its SONAME: the link by which it was found becomes the file. */
  private void addLibrary(
      LoaderClosure.Found found,
      String path,
      Map<String, String> passed,
      Map<String, String> moved) {
    String soname = found.soname();
    if (!(tree.get(path) instanceof Node.File file)) {
      problems.add("the library " + Text.quote(path) + " is in no package");
      return;
    }
    String at = path;
    if (!Paths.name(path).equals(soname)) {
      for (Map.Entry<String, String> link : passed.entrySet()) {
        if (Paths.name(link.getKey()).equals(soname)
            && Paths.merged(Paths.target(link.getKey(), link.getValue())).equals(path)) {
          at = link.getKey();
          break;
        }
      }
    }
    passed.remove(at);
    links.remove(at);
    files.put(at, new Chosen(file.content(), file.mode(), isSharedLibrary(file) ? soname : ""));
    reasons.putIfAbsent(at, new Reason(file.origin(), Reasons.of(found)));
    if (!at.equals(path) && !files.containsKey(path)) {
      moved.put(path, at);
    }
  }

  private static boolean isSharedLibrary(Node.File file) {
    try {
      return ElfFile.read(file.content().onDisk()).soname() != null;
    } catch (IOException e) {
      // A script's interpreter may itself be a script; what is unreadable was reported before.
      return false;
    }
  }

  /** A link brings the file it leads to; one that leads nowhere is a problem. */
  private void followLinks() throws IOException {
    NavigableSet<String> made = new TreeSet<>();
    recipe.directories().forEach(directory -> made.add(directory.path()));
    recipe.text().forEach(text -> made.add(text.path()));
    recipe.concat().forEach(concat -> made.add(concat.path()));
    ArrayDeque<String> rest = new ArrayDeque<>(links.keySet());
    while (!rest.isEmpty()) {
      String path = rest.removeFirst();
      String target = links.get(path);
      if (target != null && !leadsSomewhere(path, target, made, rest)) {
        Node node = tree.get(path);
        String origin = node == null ? "the recipe" : node.origin();
        problems.add(
            "the link "
                + Text.quote(path)
                + " of "
                + origin
                + " leads to "
                + Text.quote(target)
                + ", which nothing provides");
      }
    }
  }

  private boolean leadsSomewhere(
      String path, String target, NavigableSet<String> made, ArrayDeque<String> rest)
      throws IOException {
    String text = Paths.merged(Paths.target(path, target));
    if (ContainersOwn.has(text) || isThere(text, made)) {
      return true;
    }
    String joined = target.startsWith("/") ? target : Paths.parent(path) + "/" + target;
    PackageTree.Resolved resolved = tree.resolve(joined).orElse(null);
    if (resolved == null) {
      return false;
    }
    Why why = new Why.Needed(path, Why.How.LINK, target);
    for (String link : resolved.links()) {
      if (!tree.isGiven(link)
          && !links.containsKey(link)
          && !files.containsKey(link)
          && add(link, why)) {
        rest.addLast(link);
      }
    }
    return isThere(resolved.path(), made)
        || (tree.get(resolved.path()) instanceof Node.File && add(resolved.path(), why));
  }

  /** Whether the template, or what it requires, has this path or something below it. */
  private boolean isThere(String path, NavigableSet<String> made) throws IOException {
    if (tree.isThere(path)) {
      return true;
    }
    String below = path.equals("/") ? "/" : path + "/";
    for (NavigableSet<String> set :
        List.of(files.navigableKeySet(), links.navigableKeySet(), made)) {
      String next = set.ceiling(below);
      if (set.contains(path) || (next != null && next.startsWith(below))) {
        return true;
      }
    }
    return false;
  }
}
