package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.ContainerPath;
import dev.reg.template.Template;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.unify.Unification.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes back what cannot be: it is tried with all changes together, and each one that something
 * contradicts goes, until nothing does any more.
 */
final class Obstacles {
  private final Stock stock;
  private final ElfFacts facts;
  private final Map<Change, String> found = new LinkedHashMap<>();
  private List<Change> changes = List.of();

  Obstacles(Stock stock, ElfFacts facts) {
    this.stock = stock;
    this.facts = facts;
  }

  /** Gets what goes, and why. */
  interface Sink {
    void stay(Change change, String reason);
  }

  /** Leaves only changes that are possible, all of them together. */
  void remove(List<Change> all, Sink sink) throws IOException {
    while (true) {
      changes = List.copyOf(all);
      found.clear();
      Map<String, Template> after = after();
      for (List<String> closure : stock.closures().values()) {
        if (changes.stream().anyMatch(change -> closure.contains(change.template()))) {
          new Together(closure, after).check();
        }
      }
      if (found.isEmpty()) {
        return;
      }
      found.forEach(sink::stay);
      all.removeAll(found.keySet());
    }
  }

  private Map<String, Template> after() {
    Map<String, List<Move>> moves = new HashMap<>();
    for (Change change : changes) {
      moves.computeIfAbsent(change.template(), key -> new ArrayList<>()).addAll(change.moves());
    }
    Map<String, Template> after = new HashMap<>(stock.templates());
    moves.forEach(
        (id, list) -> after.computeIfPresent(id, (key, before) -> Rewrite.apply(before, list)));
    return after;
  }

  /**
   * An ELF file as it would be.
   *
   * @param change that brings it; null when it is there already
   * @param before what it takes the place of; null when it is there already
   */
  private record Item(
      String template,
      String path,
      ObjectId object,
      ElfFile elf,
      @Nullable Change change,
      @Nullable ElfFile before) {}

  /** The templates of one closure, with the changes carried out. */
  private final class Together {
    private final Map<String, Template> templates = new LinkedHashMap<>();
    private final List<Item> items = new ArrayList<>();
    private final Map<String, List<Item>> bySoname = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    Together(List<String> closure, Map<String, Template> after) throws IOException {
      for (String id : closure) {
        Template template = after.get(id);
        if (template != null) {
          templates.put(id, template);
          for (Map.Entry<String, ObjectId> file : Holding.files(template).entrySet()) {
            add(id, file.getKey(), file.getValue());
          }
          template.links().keySet().forEach(link -> names.add(ContainerPath.fileName(link)));
        }
      }
    }

    private void add(String template, String path, ObjectId object) throws IOException {
      names.add(ContainerPath.fileName(path));
      ElfFile elf = facts.elf(object);
      if (elf == null) {
        return;
      }
      Change change = null;
      ElfFile before = null;
      for (Change each : changes) {
        for (Move move : each.moves()) {
          if (move.template().equals(template) && move.newPath().equals(path)) {
            change = each;
            before = facts.elf(move.from());
          }
        }
      }
      Item item = new Item(template, path, object, elf, change, before);
      items.add(item);
      String soname = elf.soname() == null ? ContainerPath.fileName(path) : elf.soname();
      names.add(soname);
      bySoname.computeIfAbsent(soname, key -> new ArrayList<>()).add(item);
    }

    void check() {
      checkPaths();
      checkGlibc();
      for (Item user : items) {
        for (Map.Entry<String, Set<String>> need : user.elf.versionsNeeded().entrySet()) {
          for (Item library : bySoname.getOrDefault(need.getKey(), List.of())) {
            checkVersions(user, library, need.getValue());
          }
        }
        checkNeeds(user);
      }
    }

    private void checkVersions(Item user, Item library, Set<String> needed) {
      Change change = library.change;
      ElfFile before = library.before;
      if (change == null || before == null) {
        unchanged(user, library, needed);
        return;
      }
      if (!change.unit().fits(user.elf)) {
        return;
      }
      Set<String> missing = missing(needed, library.elf);
      if (missing.isEmpty()) {
        return;
      }
      Change own = user.change;
      if (own != null && !missing(missing, before).isEmpty()) {
        obstacle(own, lacks(user, library, missing));
      } else if (missing(missing, before).isEmpty()) {
        obstacle(change, lacks(user, library, missing));
      }
    }

    /** A library that stays has to do for a user that is new. */
    private void unchanged(Item user, Item library, Set<String> needed) {
      Change own = user.change;
      if (own != null && own.unit().fits(library.elf) && !library.elf.versionsDefined().isEmpty()) {
        Set<String> missing = missing(needed, library.elf);
        if (user.before != null) {
          // What was missing before is no matter of this change.
          user.before.versionsNeeded().values().forEach(missing::removeAll);
        }
        if (!missing.isEmpty()) {
          obstacle(own, lacks(user, library, missing));
        }
      }
    }

    /** All of its files come from one build, also those that another template has. */
    private void checkGlibc() {
      for (Change change : changes) {
        if (change.unit().isGlibc() && templates.containsKey(change.template())) {
          for (Item item : items) {
            if (change.unit().fits(item.elf)
                && Glibc.isMember(item.path, item.elf)
                && !isOf(item, change)) {
              obstacle(
                  change,
                  item.path + " of " + item.template + " would stay of another build of glibc");
            }
          }
        }
      }
    }

    private static boolean isOf(Item user, Change change) {
      return change.to().members().values().stream()
          .anyMatch(member -> member.object().equals(user.object));
    }

    private void checkNeeds(Item user) {
      Change change = user.change;
      ElfFile before = user.before;
      if (change == null || before == null) {
        return;
      }
      for (String needed : user.elf.needed()) {
        if (!names.contains(ContainerPath.fileName(needed)) && !before.needed().contains(needed)) {
          obstacle(
              change,
              "the newer build, " + user.path + ", needs " + needed + ", which is not there");
        }
      }
    }

    private void checkPaths() {
      Map<String, ObjectId> objects = new HashMap<>();
      Map<String, String> holders = new HashMap<>();
      templates.forEach(
          (id, template) -> {
            Holding.files(template)
                .forEach(
                    (path, object) -> {
                      ObjectId other = objects.putIfAbsent(path, object);
                      String holder = holders.putIfAbsent(path, id);
                      if (other != null && holder != null && !other.equals(object)) {
                        disagree(path, id, holder);
                      }
                    });
          });
      Map<String, String> targets = new HashMap<>();
      templates.forEach(
          (id, template) ->
              template
                  .links()
                  .forEach(
                      (link, target) -> {
                        String other = targets.putIfAbsent(link, target);
                        String holder = holders.putIfAbsent(link, id);
                        if (other != null && holder != null && !other.equals(target)) {
                          disagreeAboutLink(link, id, holder);
                        }
                      }));
    }

    private void disagree(String path, String one, String other) {
      for (Change change : changes) {
        boolean touches =
            change.moves().stream()
                .anyMatch(move -> move.newPath().equals(path) || move.path().equals(path));
        if (touches && (change.template().equals(one) || change.template().equals(other))) {
          obstacle(change, one + " and " + other + " would not agree about " + path);
        }
      }
    }

    private void disagreeAboutLink(String link, String one, String other) {
      for (Change change : changes) {
        boolean moves =
            change.moves().stream()
                .anyMatch(
                    move ->
                        !move.path().equals(move.newPath())
                            && Rewrite.leads(
                                templates.get(change.template()), link, move.newPath()));
        if (moves && (change.template().equals(one) || change.template().equals(other))) {
          obstacle(change, one + " and " + other + " would not agree about the link " + link);
        }
      }
    }
  }

  private void obstacle(Change change, String reason) {
    found.putIfAbsent(change, reason);
  }

  private static Set<String> missing(Set<String> needed, ElfFile library) {
    Set<String> missing = new TreeSet<>(needed);
    missing.removeAll(library.versionsDefined());
    return missing;
  }

  private static String lacks(Item user, Item library, Set<String> missing) {
    return user.path
        + " of "
        + user.template
        + " needs version "
        + String.join(", ", missing)
        + " of "
        + (library.elf.soname() == null
            ? ContainerPath.fileName(library.path)
            : library.elf.soname())
        + ", which "
        + library.path
        + " of "
        + (library.change == null ? library.template : library.change.to().lead().template())
        + " does not have";
  }
}
