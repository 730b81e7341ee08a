package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.Template;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.unify.Unit.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the units of which templates have more than one build. Names and digests are compared
 * first: where no name has two digests, no file is opened.
 */
final class Units {
  private final Stock stock;
  private final ElfFacts facts;
  private final Map<String, Set<ObjectId>> byName = new HashMap<>();
  private final List<Holding> holdings = new ArrayList<>();
  private final Map<Unit.Id, Unit> units = new LinkedHashMap<>();

  private Units(Stock stock, ElfFacts facts) {
    this.stock = stock;
    this.facts = facts;
  }

  static Collection<Unit> find(Stock stock, ElfFacts facts) throws IOException {
    Units units = new Units(stock, facts);
    units.index();
    Set<Unit.Id> contested = units.contested();
    if (!contested.isEmpty()) {
      units.libraries(contested);
      for (Unit.Id id : contested) {
        if (id.isGlibc()) {
          units.glibc(id);
        }
      }
    }
    return units.units.values().stream()
        .sorted(Comparator.comparing(unit -> unit.id().toString()))
        .toList();
  }

  private void index() {
    for (Template template : stock.templates().values()) {
      for (Holding holding : Holding.of(template)) {
        holdings.add(holding);
        for (String name : holding.names()) {
          byName
              .computeIfAbsent(name + holding.variant(), key -> new HashSet<>())
              .add(holding.object());
        }
      }
    }
  }

  private boolean isContested(Holding holding) {
    return holding.names().stream()
        .anyMatch(name -> byName.getOrDefault(name + holding.variant(), Set.of()).size() > 1);
  }

  private Set<Unit.Id> contested() throws IOException {
    Set<Unit.Id> ids = new HashSet<>();
    for (Holding holding : holdings) {
      if (isContested(holding)) {
        ElfFile elf = facts.elf(holding.object());
        String soname = elf == null ? null : elf.soname();
        if (elf != null && soname != null && Glibc.isMember(holding.path(), elf)) {
          ids.add(Unit.Id.of(Glibc.NAME, elf));
        } else if (elf != null && soname != null && LibraryPlace.hasAbi(soname)) {
          ids.add(Unit.Id.of(soname, elf));
        }
      }
    }
    return ids;
  }

  private void libraries(Set<Unit.Id> contested) throws IOException {
    Set<String> names = new HashSet<>();
    contested.forEach(id -> names.add(id.name()));
    for (Holding holding : holdings) {
      if (holding.names().stream().anyMatch(names::contains)) {
        ElfFile elf = facts.elf(holding.object());
        String soname = elf == null ? null : elf.soname();
        if (elf != null && soname != null && contested.contains(Unit.Id.of(soname, elf))) {
          add(
              Unit.Id.of(soname, elf),
              new Member(
                  soname + holding.variant(),
                  holding.template(),
                  holding.path(),
                  holding.object(),
                  elf));
        }
      }
    }
  }

  private void glibc(Unit.Id id) throws IOException {
    for (Template template : stock.templates().values()) {
      for (Map.Entry<String, ObjectId> file : Holding.files(template).entrySet()) {
        ElfFile elf = facts.elf(file.getValue());
        if (elf != null && id.fits(elf) && Glibc.isMember(file.getKey(), elf)) {
          String key = key(file.getKey(), elf);
          add(id, new Member(key, template.id(), file.getKey(), file.getValue(), elf));
        }
      }
    }
  }

  /** A library's is its SONAME, so that it is found under another file name. */
  private static String key(String path, ElfFile elf) {
    LibraryPlace place = LibraryPlace.of(path);
    String soname = elf.soname();
    return place == null || soname == null || !Glibc.isNamedLikeOne(soname)
        ? path
        : soname + place.variant();
  }

  private void add(Unit.Id id, Member member) {
    units.computeIfAbsent(id, Unit::new).add(member);
  }
}
