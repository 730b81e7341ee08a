package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.ContainerPath;
import dev.reg.template.Template;
import dev.reg.template.unify.Unit.Build;
import dev.reg.template.unify.Unit.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Has templates share the newest build of each library, where that is safe.
 *
 * <p>Considered are libraries with an ABI in their SONAME, in the directories where the loader
 * looks for everybody's. Of each, for one kind of machine, a template takes the newest build if
 * that defines every symbol version that anything in a closure with it needs, and finds there what
 * it needs itself; and every symbol that the old one defines, for who asks by name. Builds for
 * better processors go with the plain one. The files of glibc, and what uses their private
 * interfaces, come from one build, or stay. What is foreign gives nothing to what is not.
 */
public final class Unification {
  private final Stock stock;
  private final ElfFacts facts;
  private final PackageOrigins origins;
  private final Newest newest;
  private final Map<String, String> withheld;
  private final List<Change> changes = new ArrayList<>();
  private final List<Stay> stays = new ArrayList<>();

  /**
   * A unit of a template that is to take another build, unless something is in the way.
   *
   * @param to takes the place of {@code from}
   */
  record Change(Unit.Id unit, String template, Build to, List<Move> moves) {}

  private Unification(
      Stock stock, ElfFacts facts, PackageOrigins origins, Map<String, String> withheld) {
    this.stock = stock;
    this.facts = facts;
    this.origins = origins;
    this.withheld = withheld;
    this.newest = new Newest(origins);
  }

  /**
   * What would have to be done; reads only what differs, and what uses that.
   *
   * @param withheld templates that are to stay as they are, and why
   */
  public static Plan plan(
      Stock stock, ElfFacts facts, PackageOrigins origins, Map<String, String> withheld)
      throws IOException {
    return new Unification(stock, facts, origins, withheld).plan();
  }

  private Plan plan() throws IOException {
    for (Unit unit : Units.find(stock, facts)) {
      Map<ObjectId, Build> all = unit.builds(stock.closures(), template -> true);
      Map<ObjectId, Build> own =
          unit.builds(stock.closures(), template -> !origins.isForeign(template));
      for (String template : unit.templates()) {
        Map<ObjectId, Build> builds = origins.isForeign(template) ? all : own;
        if (builds.size() > 1) {
          consider(unit, template, builds);
        }
      }
    }
    if (!changes.isEmpty()) {
      new Obstacles(stock, facts).remove(changes, this::stay);
    }
    return new Plan(
        changes.stream()
            .flatMap(change -> change.moves().stream())
            .sorted(Comparator.comparing(Move::template).thenComparing(Move::path))
            .toList(),
        stays.stream()
            .sorted(Comparator.comparing(Stay::template).thenComparing(Stay::library))
            .toList());
  }

  private void stay(Change change, String reason) {
    Move first = change.moves().getFirst();
    for (Move move : change.moves()) {
      // Of glibc, what everybody knows it by.
      if (move.to().equals(change.to().lead().object())) {
        first = move;
      }
    }
    stays.add(
        new Stay(
            change.template(),
            change.unit().name(),
            first.path(),
            first.from(),
            first.origin(),
            first.originPath(),
            first.to(),
            reason));
  }

  private void consider(Unit unit, String template, Map<ObjectId, Build> builds)
      throws IOException {
    List<Member> members = unit.members(template);
    Member lead = unit.lead(stock.closures().getOrDefault(template, List.of()), template);
    Build build = lead == null ? null : builds.get(lead.object());
    if (build == null) {
      Build other = builds.values().iterator().next();
      stays.add(
          stay(unit, members.getFirst(), other, "it has two builds of it, or none that is whole"));
      return;
    }
    Newest.Choice choice = newest.choose(build, sorted(builds.values()));
    for (Build other : choice.unknown()) {
      stays.add(
          stay(
              unit,
              members.getFirst(),
              other,
              "nobody can tell which is the newer build: they are not of one package in two"
                  + " versions, and neither defines all symbol versions of the other and more"));
    }
    if (choice.newer().isPresent()) {
      propose(unit, template, members, choice.newer().get());
    }
  }

  private static List<Build> sorted(Collection<Build> builds) {
    return builds.stream()
        .sorted(
            Comparator.comparing((Build build) -> build.lead().template())
                .thenComparing(build -> build.lead().path()))
        .toList();
  }

  private static Stay stay(Unit unit, Member member, Build other, String reason) {
    Member lead = other.lead();
    return new Stay(
        member.template(),
        unit.id().name(),
        member.path(),
        member.object(),
        lead.template(),
        lead.path(),
        lead.object(),
        reason);
  }

  private void propose(Unit unit, String template, List<Member> members, Build to)
      throws IOException {
    String why = withheld.get(template);
    if (why != null) {
      stays.add(stay(unit, members.getFirst(), to, why));
      return;
    }
    List<Move> moves = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Member member : members) {
      Member other = to.members().get(member.key());
      String reason = obstacle(unit, member, other, to);
      if (reason != null || other == null) {
        stays.add(stay(unit, member, to, String.valueOf(reason)));
        return;
      }
      if (!other.object().equals(member.object())) {
        String path = newPath(member, other, taken);
        taken.add(path);
        moves.add(
            new Move(
                template,
                unit.id().name(),
                member.path(),
                member.object(),
                path,
                other.object(),
                other.template(),
                other.path()));
      }
    }
    if (!moves.isEmpty()) {
      changes.add(new Change(unit.id(), template, to, moves));
    }
  }

  /** Why a file cannot be replaced by its counterpart of another build; null when it can. */
  private @Nullable String obstacle(Unit unit, Member member, @Nullable Member other, Build to)
      throws IOException {
    if (other == null) {
      return "the build of "
          + to.lead().template()
          + " has no counterpart of "
          + member.path()
          + (unit.id().isGlibc() ? ", and glibc's files come from one build" : "");
    }
    if (to.contested().contains(member.key())) {
      return "templates with the build of "
          + to.lead().template()
          + " disagree about "
          + other.path();
    }
    // Versions say nothing of a function that a build was made without; glibc has its own rule.
    return unit.id().isGlibc() ? null : lost(member, other);
  }

  /** What another build of a library does not define; null when nothing. */
  private @Nullable String lost(Member member, Member other) throws IOException {
    Set<String> before = facts.symbols(member.object());
    Set<String> after = facts.symbols(other.object());
    if (before == null || after == null) {
      return "which symbols "
          + (before == null ? member.path() : other.path() + " of " + other.template())
          + " defines cannot be read";
    }
    Set<String> lost = new TreeSet<>(before);
    lost.removeAll(after);
    return lost.isEmpty()
        ? null
        : other.path()
            + " of "
            + other.template()
            + " does not define "
            + lost.iterator().next()
            + (lost.size() > 1 ? " and " + (lost.size() - 1) + " more symbols" : "")
            + " of "
            + member.path();
  }

  /**
   * Where the new build goes: beside the old one, by its own file name when both have a longer one
   * than their SONAME, which links lead to.
   */
  private String newPath(Member member, Member other, Set<String> taken) {
    String name = ContainerPath.fileName(member.path());
    String newName = ContainerPath.fileName(other.path());
    String soname = String.valueOf(member.elf().soname());
    String path = member.path().substring(0, member.path().length() - name.length()) + newName;
    boolean plain = name.equals(soname) || newName.equals(soname) || name.equals(newName);
    return plain || taken.contains(path) || isUsed(member, path) ? member.path() : path;
  }

  /**
   * Whether a path is somebody's already, or another template than its own has a link to the old
   * one.
   */
  private boolean isUsed(Member member, String path) {
    for (Map.Entry<String, List<String>> closure : stock.closures().entrySet()) {
      if (closure.getValue().contains(member.template())) {
        for (String id : closure.getValue()) {
          Template template = stock.templates().get(id);
          if (template != null
              && (Rewrite.has(template, path)
                  || (!id.equals(member.template()) && Rewrite.names(template, member.path())))) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
