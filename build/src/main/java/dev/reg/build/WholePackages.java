package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What of a tree of packages goes into a template when nobody has said: all programs of the
 * packages that were named and, of those and of what they need, everything but documentation. What
 * they need: what the loader maps, interpreters with the modules of the packages depended upon,
 * programs that shell scripts name, a shell for who runs commands, and the packages without
 * programs that are depended upon, for their data and for what is opened by name.
 */
final class WholePackages {
  private static final String SHELL = "/usr/bin/sh";

  private final PackageTree tree;
  private final PackageGraph graph;
  private final Set<String> named;
  private final Set<String> reachable;
  private final Map<String, String> programs = new HashMap<>();

  private final TreeMap<String, Why> chosen = new TreeMap<>();
  private final TreeSet<String> directories = new TreeSet<>();

  /** What is brought, in order, with the reason why all of it is. */
  private final Map<String, Why> packages = new LinkedHashMap<>();

  private final Set<String> interpreters = new HashSet<>();
  private final Set<String> read = new HashSet<>();
  private final Set<String> scripts = new HashSet<>();
  private final Map<String, Map<String, String>> helpers = new HashMap<>();
  private final Set<String> roots = new TreeSet<>();
  private final List<String> notes = new ArrayList<>();
  private final Set<String> refused = new HashSet<>();
  private final Deque<String> fresh = new ArrayDeque<>();

  /**
   * @param names what was asked for
   */
  WholePackages(PackageTree tree, PackageGraph graph, Collection<String> names) {
    this(tree, graph, graph.meant(names), graph.reach(graph.meant(names)));
  }

  /**
   * @param named the packages whose programs are wanted
   * @param reachable the packages whose modules interpreters may load
   */
  WholePackages(PackageTree tree, PackageGraph graph, Set<String> named, Set<String> reachable) {
    this.tree = tree;
    this.graph = graph;
    this.named = named;
    this.reachable = reachable;
    for (String path : tree.nodes().descendingKeySet()) {
      // /usr/sbin before /usr/games before /usr/bin: the last one stays.
      if (Kinds.isProgram(path) && !(tree.get(path) instanceof Node.Directory)) {
        programs.put(Paths.name(path), path);
      }
    }
  }

  /**
   * What was chosen.
   *
   * @param reasons of files and links; the libraries that these load are for {@link Selection} to
   *     find
   * @param directories empty ones
   * @param programs of the packages that were named, those that work
   * @param libraries paths of all that are loaded
   * @param notes one sentence for each thing left out because it could not work
   */
  record Result(
      NavigableMap<String, Why> reasons,
      NavigableSet<String> directories,
      NavigableSet<String> programs,
      NavigableSet<String> libraries,
      List<String> notes) {
    NavigableSet<String> paths() {
      return reasons.navigableKeySet();
    }
  }

  Result grow() throws IOException {
    return grow(List.of());
  }

  /** Also with these programs. */
  Result grow(Collection<String> wanted) throws IOException {
    named.forEach(name -> bring(name, new Why.Whole(null)));
    wanted.forEach(path -> program(path, new Why.Asked()));
    TreeSet<String> libraries = new TreeSet<>();
    do {
      read();
      LoaderClosure.Result closure = load();
      libraries.clear();
      for (LoaderClosure.Found found : closure.libs()) {
        String path = Paths.merged(found.path());
        libraries.add(path);
        use(path, Reasons.of(found));
      }
      for (String link : closure.links().keySet()) {
        String path = Paths.merged(link);
        if (tree.get(path) instanceof Node.Link && !Kinds.isLibrary(path)) {
          add(path, Reasons.ofLink(path, closure, tree).orElse(new Why.Whole(null)));
        }
      }
      opened(libraries);
    } while (!fresh.isEmpty());
    chosen.keySet().removeAll(refused);
    dropLinksToNothing(libraries);
    TreeSet<String> mine = new TreeSet<>(chosen.keySet());
    mine.removeIf(path -> !isNamed(path) || !Kinds.isProgram(path));
    return new Result(chosen, directories, mine, libraries, notes);
  }

  private boolean isNamed(String path) {
    Node node = tree.get(path);
    return node != null && named.contains(node.origin());
  }

  /** Takes a package: its programs only when it was named, its libraries only then. */
  private void bring(String name, Why why) {
    if (packages.putIfAbsent(name, why) != null) {
      return;
    }
    boolean whole = named.contains(name);
    for (String path : graph.paths(name)) {
      boolean loadedByOthers = Kinds.isProgram(path) || Kinds.isLibrary(path);
      boolean onDemand = Kinds.isConversion(path) || isAlternative(path);
      if ((whole || !loadedByOthers) && !Kinds.isForPeople(path) && !onDemand) {
        choose(path, why);
      }
    }
    for (String next : graph.depends(name)) {
      if (!graph.hasPrograms(next)) {
        bring(next, new Why.Whole(name));
      }
    }
  }

  /** A link that update-alternatives(1) has made, in a tree that was a system. */
  private boolean isAlternative(String path) {
    return tree.get(path) instanceof Node.Link link
        && link.target().startsWith("/etc/alternatives/");
  }

  private void choose(String path, Why why) {
    switch (tree.get(path)) {
      case Node.File file -> add(path, why);
      case Node.Link link -> {
        PackageTree.Resolved to = tree.resolve(path).orElse(null);
        if (to != null && Kinds.isOfTheMoment(to.path())) {
          add(path, why);
          to.links().forEach(each -> add(each, why));
        } else if (to != null && tree.get(to.path()) != null && !Kinds.isForPeople(to.path())) {
          to.links().forEach(each -> add(each, why));
          Why led = new Why.Needed(path, Why.How.LINK, link.target());
          if (Kinds.isProgram(path)) {
            use(to.path(), led);
          } else if (tree.get(to.path()) instanceof Node.File) {
            add(to.path(), led);
          }
        }
      }
      case Node.Directory directory -> {
        String next = tree.nodes().higherKey(path);
        boolean empty = next == null || !next.startsWith(path + "/");
        if (empty && !Kinds.isForPeople(path + "/") && !Kinds.isOfTheMoment(path)) {
          directories.add(path);
        }
      }
      case null -> {}
    }
  }

  private void add(String path, Why why) {
    if (chosen.putIfAbsent(path, why) == null) {
      fresh.add(path);
    }
  }

  /** A file that something in the template needs, with what its package has beside it. */
  private void use(String path, Why why) {
    Node node = tree.get(path);
    if (node != null && !Kinds.isLibrary(path)) {
      add(path, why);
    }
    if (node != null) {
      bring(node.origin(), new Why.Whole(path));
      interpreter(path);
    }
  }

  /** What it can load by name: the modules that packages bring which are depended upon. */
  private void interpreter(String path) {
    String name = Paths.name(path);
    if (!Kinds.isProgram(path) || !interpreters.add(name)) {
      return;
    }
    for (String one : reachable) {
      for (String module : graph.paths(one)) {
        if (Kinds.isModuleOf(name, module) && !Kinds.isForPeople(module)) {
          choose(module, new Why.Needed(path, Why.How.MODULE, name));
        }
      }
    }
  }

  /** Looks into what is new for programs that it runs. */
  private void read() throws IOException {
    while (!fresh.isEmpty()) {
      String path = fresh.remove();
      if (tree.get(path) instanceof Node.File file && read.add(path)) {
        if (file.content().isElf()) {
          roots.add(path);
          inProgram(path, file);
        } else {
          if ((file.mode() & 0111) != 0 && Contents.isScript(file.content().onDisk())) {
            roots.add(path);
          }
          if (Contents.isShellScript(file.content().onDisk()) && scripts.add(path)) {
            inScript(path, file);
          }
        }
      }
    }
  }

  private void inProgram(String path, Node.File file) throws IOException {
    if (Paths.name(path).equals("libc.so.6")) {
      return;
    }
    Set<String> names =
        Contents.strings(
            file.content().onDisk(), List.of("system", "popen", "/bin/sh", "iconv_open"));
    if (names.remove("iconv_open") && isNamed(path)) {
      Why why = new Why.Needed(path, Why.How.MODULE, "iconv_open");
      tree.nodes().keySet().stream().filter(Kinds::isConversion).forEach(each -> choose(each, why));
    }
    if (!names.isEmpty()) {
      program(SHELL, new Why.Needed(path, Why.How.MENTION, names.iterator().next()));
    }
    Map<String, String> helpers = helpers(String.valueOf(origin(path)));
    for (String name : Contents.mentioned(file.content().onDisk(), helpers.keySet())) {
      program(helpers.get(name), new Why.Needed(path, Why.How.MENTION, name));
    }
  }

  private @Nullable String origin(String path) {
    Node node = tree.get(path);
    return node == null ? null : node.origin();
  }

  /** What can be executed in the packages that a package says it depends on, by name. */
  private Map<String, String> helpers(String origin) {
    Map<String, String> known = helpers.get(origin);
    if (known == null) {
      known = new HashMap<>();
      for (String next : graph.depends(origin)) {
        for (String path : graph.hasPrograms(next) ? graph.paths(next) : List.<String>of()) {
          boolean executable =
              tree.get(path) instanceof Node.File file
                  && (file.mode() & 0111) != 0
                  && !Kinds.isForPeople(path)
                  && !Kinds.isLibrary(path);
          if (executable || (Kinds.isProgram(path) && tree.get(path) instanceof Node.Link)) {
            known.put(Paths.name(path), path);
          }
        }
      }
      helpers.put(origin, known);
    }
    return known;
  }

  private void inScript(String path, Node.File file) throws IOException {
    String beside = Paths.parent(path) + "/";
    for (String word : Contents.words(file.content().onDisk())) {
      program(programs.get(word), new Why.Needed(path, Why.How.MENTION, word));
      if (chosen.containsKey(beside + word)
          && tree.get(beside + word) instanceof Node.File fragment
          && scripts.add(beside + word)
          && !fragment.content().isElf()) {
        inScript(beside + word, fragment);
      }
    }
  }

  private void program(@Nullable String path, Why why) {
    if (path != null && !chosen.containsKey(path)) {
      choose(path, why);
      use(path, why);
    }
  }

  /** The closure of what is chosen, without what cannot be loaded. */
  private LoaderClosure.Result load() throws IOException {
    LoaderClosure closure = tree.closureOfPackages();
    LoaderClosure.Result all = closure.resolve(onDisk());
    if (all.problems().isEmpty()) {
      return all;
    }
    for (String root : onDisk()) {
      List<String> problems = closure.resolve(List.of(root)).problems();
      if (!problems.isEmpty()) {
        roots.remove(root);
        // A module may begin as a script of another place; whoever loads it does not mind.
        boolean data =
            !Kinds.isProgram(root)
                && tree.get(root) instanceof Node.File file
                && !file.content().isElf();
        if (!data) {
          refused.add(root);
          notes.add("left out: " + problems.getFirst());
        }
      }
    }
    return closure.resolve(onDisk());
  }

  private List<String> onDisk() {
    return roots.stream().filter(PackageTree::isAscii).toList();
  }

  /** A library that is depended upon and that nobody loads must be opened by name. */
  private void opened(Set<String> libraries) throws IOException {
    if (!fresh.isEmpty()) {
      return;
    }
    for (Map.Entry<String, Why> each : List.copyOf(packages.entrySet())) {
      String name = each.getKey();
      List<String> own = graph.paths(name).stream().filter(Kinds::isLibrary).toList();
      if (own.stream().noneMatch(path -> libraries.contains(path) || chosen.containsKey(path))) {
        own.forEach(path -> choose(path, each.getValue()));
        own.stream()
            .filter(path -> tree.get(path) instanceof Node.File)
            .forEach(path -> add(path, each.getValue()));
      }
    }
  }

  private void dropLinksToNothing(NavigableSet<String> libraries) {
    boolean changed = true;
    while (changed) {
      changed =
          chosen
              .keySet()
              .removeIf(path -> tree.get(path) instanceof Node.Link && !leads(path, libraries));
    }
  }

  private boolean leads(String path, NavigableSet<String> libraries) {
    String to = tree.resolve(path).map(PackageTree.Resolved::path).orElse("");
    if (Kinds.isOfTheMoment(to)) {
      return true;
    }
    for (NavigableSet<String> set : List.of(chosen.navigableKeySet(), libraries, directories)) {
      String next = set.ceiling(to + "/");
      if (set.contains(to) || (next != null && next.startsWith(to + "/"))) {
        return true;
      }
    }
    return false;
  }
}
