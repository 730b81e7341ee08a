package dev.reg.template.unify;

import dev.reg.template.elf.ElfFile;
import dev.reg.template.unify.Unit.Build;
import dev.reg.template.unify.Unit.Member;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of two builds of a library is newer: by the versions of the package that both come from;
 * else the one whose symbol versions include the other's and more. Otherwise nobody knows.
 */
final class Newest {
  private final PackageOrigins packages;

  Newest(PackageOrigins packages) {
    this.packages = packages;
  }

  /** How one build compares to another. */
  enum Order {
    OLDER,
    NEWER,
    UNDECIDED
  }

  /** How {@code a} compares to {@code b}. */
  Order compare(Build a, Build b) {
    Map<String, PackageVersion> ofA = versions(a);
    Map<String, PackageVersion> ofB = versions(b);
    for (Map.Entry<String, PackageVersion> each : ofA.entrySet()) {
      PackageVersion other = ofB.get(each.getKey());
      int order = other == null ? 0 : each.getValue().compareTo(other);
      if (order != 0) {
        return order > 0 ? Order.NEWER : Order.OLDER;
      }
    }
    Set<String> definedByA = versions(a.lead().elf());
    Set<String> definedByB = versions(b.lead().elf());
    if (definedByA.size() > definedByB.size() && definedByA.containsAll(definedByB)) {
      return definedByB.isEmpty() ? Order.UNDECIDED : Order.NEWER;
    }
    if (definedByB.size() > definedByA.size() && definedByB.containsAll(definedByA)) {
      return definedByA.isEmpty() ? Order.UNDECIDED : Order.OLDER;
    }
    return Order.UNDECIDED;
  }

  /** A file that did not change has several: the highest tells how new it is. */
  private Map<String, PackageVersion> versions(Build build) {
    Map<String, PackageVersion> versions = new TreeMap<>();
    for (Member provider : build.providers()) {
      Optional<PackageOrigins.Packaged> from =
          packages.packageOf(provider.template(), provider.path());
      from.ifPresent(
          found ->
              versions.merge(
                  found.name(),
                  PackageVersion.parse(found.version()),
                  (one, other) -> one.compareTo(other) >= 0 ? one : other));
    }
    return versions;
  }

  /**
   * Symbol versions that a library defines, without the base version that names the file itself.
   */
  static Set<String> versions(ElfFile elf) {
    Set<String> versions = new HashSet<>(elf.versionsDefined());
    if (elf.soname() != null) {
      versions.remove(elf.soname());
    }
    return versions;
  }

  /**
   * What is to be thought of a build beside the others.
   *
   * @param newer the newest that is newer than it; empty when none is, or when several are and
   *     nobody knows which of them is the newest
   * @param unknown builds of which nobody knows whether they are newer
   */
  record Choice(Optional<Build> newer, List<Build> unknown) {}

  Choice choose(Build build, Collection<Build> all) {
    List<Build> newer = new ArrayList<>();
    List<Build> unknown = new ArrayList<>();
    for (Build other : all) {
      if (!other.lead().object().equals(build.lead().object())) {
        switch (compare(other, build)) {
          case NEWER -> newer.add(other);
          case UNDECIDED -> unknown.add(other);
          case OLDER -> {}
        }
      }
    }
    List<Build> highest =
        newer.stream()
            .filter(each -> newer.stream().noneMatch(other -> isNewer(other, each)))
            .toList();
    return highest.size() == 1
        ? new Choice(Optional.of(highest.getFirst()), List.of())
        : new Choice(Optional.empty(), highest.isEmpty() ? unknown : highest);
  }

  private boolean isNewer(Build one, Build other) {
    return !one.equals(other) && compare(one, other) == Order.NEWER;
  }
}
