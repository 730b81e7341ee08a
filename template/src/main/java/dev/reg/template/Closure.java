package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.Tree;
import dev.reg.template.Accounts.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Templates with everything they require, as one list of paths, each with its object. */
public final class Closure {
  private final Loader loader;
  private final List<Head> wanted;
  private final List<Head> templates;
  private final Digest id;

  /** Where file lists are read. */
  @FunctionalInterface
  interface Loader {
    Template load(Head head) throws IOException, RegException;
  }

  Closure(Loader loader, List<Head> wanted, List<Head> templates) {
    this.loader = loader;
    this.wanted = List.copyOf(wanted);
    this.templates = List.copyOf(templates);
    this.id = id(templates);
  }

  /** This closure with a template on top that is not stored. */
  Closure with(Head head, Template template) {
    List<Head> all = new ArrayList<>(templates);
    all.add(head);
    return new Closure(
        each -> each.equals(head) ? template : loader.load(each), List.of(head), all);
  }

  private static Digest id(List<Head> templates) {
    return idOf(templates.stream().collect(Collectors.toMap(Head::id, Head::digest, (a, b) -> a)));
  }

  /** The {@link #id} of a closure of these templates: their digests by {@code name@version}. */
  public static Digest idOf(Map<String, Digest> templates) {
    StringBuilder lines = new StringBuilder();
    templates.entrySet().stream()
        .map(each -> each.getKey() + " " + each.getValue() + "\n")
        .sorted()
        .forEach(lines::append);
    return Digest.of(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Every template after those it requires. */
  public List<Head> templates() {
    return templates;
  }

  /** One of its templates, with its files. */
  public Template load(Head head) throws IOException, RegException {
    return loader.load(head);
  }

  /** Over names, versions and digests of the templates: equal closures, equal ids. */
  public Digest id() {
    return id;
  }

  /**
   * Variables; a template's own replace those of what it requires and of what was wished before.
   */
  public SortedMap<String, String> environment() {
    TreeMap<String, String> merged = new TreeMap<>();
    templates.forEach(head -> merged.putAll(head.execution().environment()));
    return merged;
  }

  /**
   * The command of the first wished-for template that has one, otherwise of what it requires (the
   * last in the order of dependencies); empty when none has.
   */
  public List<String> command() {
    return leading(execution -> !execution.command().isEmpty())
        .map(Execution::command)
        .orElse(List.of());
  }

  /**
   * Whom the command runs as when root is the caller and names nobody: the user of the template
   * whose command it is, or of the first with a user when none has a command; empty is root.
   */
  public Optional<User> user() throws RegException {
    Optional<String> name =
        leading(execution -> !execution.command().isEmpty())
            .or(() -> leading(execution -> execution.user() != null))
            .map(Execution::user);
    return name.isEmpty() ? Optional.empty() : accounts().user(name.get());
  }

  private Optional<Execution> leading(Predicate<Execution> condition) {
    return Stream.concat(wanted.stream(), templates.reversed().stream())
        .map(Head::execution)
        .filter(condition)
        .findFirst();
  }

  /**
   * The users and groups that its containers know.
   *
   * @throws RegException FAILED_PRECONDITION when two templates disagree
   */
  public Accounts accounts() throws RegException {
    return Accounts.of(templates);
  }

  /**
   * All paths with their objects. Reads the templates' file lists: not for a start's path.
   *
   * @throws RegException FAILED_PRECONDITION when two templates disagree about a path or an
   *     account, CORRUPTED when a template is not what was stored
   */
  public Tree tree() throws IOException, RegException {
    Map<String, Claim> claims = new HashMap<>();
    for (Head head : templates) {
      for (Entry entry : entries(loader.load(head))) {
        claim(claims, new Claim(entry, head));
      }
    }
    claimAccounts(claims);
    checkParents(claims);
    return Tree.of(claims.values().stream().map(Claim::entry).toList());
  }

  private record Claim(Entry entry, Head by) {}

  /** Accounts of templates are in the environment itself: a start has nothing to do for them. */
  private void claimAccounts(Map<String, Claim> claims) throws RegException {
    Accounts accounts = accounts();
    if (accounts.areStandard()) {
      return;
    }
    Head by =
        templates.stream()
            .filter(head -> !head.execution().accounts().isEmpty())
            .findFirst()
            .orElseThrow();
    List<String> texts = List.of(accounts.passwd(), accounts.groups());
    for (int i = 0; i < texts.size(); i++) {
      claim(claims, new Claim(new Entry.Text(Accounts.FILES.get(i), texts.get(i)), by));
    }
  }

  private static void claim(Map<String, Claim> claims, Claim claim) throws RegException {
    Claim before = claims.putIfAbsent(claim.entry.path(), claim);
    if (before != null && !before.entry.equals(claim.entry)) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot combine templates: "
              + before.by.id()
              + " and "
              + claim.by.id()
              + " disagree about "
              + Text.quote(claim.entry.path())
              + " ("
              + describe(before.entry)
              + ", "
              + describe(claim.entry)
              + "); leave one of them out"
              + wayOut(before.entry, claim.entry));
    }
  }

  /** Files may be of two builds of a package, one of which a template that was just built has. */
  private static String wayOut(Entry one, Entry other) {
    return one instanceof Entry.File && other instanceof Entry.File
        ? ", or have root run 'reg template update', after which templates have the same build of a"
            + " package where that is safe"
        : "";
  }

  private static void checkParents(Map<String, Claim> claims) throws RegException {
    for (Claim claim : claims.values()) {
      String parent = ContainerPath.parent(claim.entry.path());
      while (!parent.isEmpty()) {
        Claim above = claims.get(parent);
        if (above != null && !(above.entry instanceof Entry.Directory)) {
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot combine templates: "
                  + above.by.id()
                  + " has "
                  + Text.quote(parent)
                  + " as "
                  + describe(above.entry)
                  + ", below which "
                  + claim.by.id()
                  + " has "
                  + Text.quote(claim.entry.path()));
        }
        parent = ContainerPath.parent(parent);
      }
    }
  }

  private static String describe(Entry entry) {
    return switch (entry) {
      case Entry.File file -> "file " + file.object();
      case Entry.Link link -> "link to " + Text.quote(link.target());
      case Entry.Directory directory -> String.format("directory of mode %04o", directory.mode());
      case Entry.Text text -> "accounts";
    };
  }

  /** What a resolved template puts into a container. */
  public static List<Entry> entries(Template template) {
    List<Entry> entries = new ArrayList<>();
    for (TemplateFile file : template.files()) {
      entries.add(new Entry.File(file.path(), file.object()));
    }
    for (TemplateLib lib : template.libs()) {
      entries.add(new Entry.File(lib.placed(), lib.object()));
    }
    template.links().forEach((path, target) -> entries.add(new Entry.Link(path, target)));
    for (TemplateDirectory directory : template.directories()) {
      entries.add(new Entry.Directory(directory.path(), directory.mode()));
    }
    return entries;
  }
}
