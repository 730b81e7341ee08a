package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.elf.ElfFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What moves as one: a library for one kind of machine, with its builds for better processors; or
 * all of glibc. Its builds are told apart by one file, the lead: the plain library, or libc.
 */
final class Unit {
  /**
   * What a unit is.
   *
   * @param name a SONAME, or {@link Glibc#NAME}
   */
  record Id(String name, int bits, boolean littleEndian, int machine) {
    static Id of(String name, ElfFile elf) {
      return new Id(name, elf.bits(), elf.littleEndian(), elf.machine());
    }

    boolean isGlibc() {
      return name.equals(Glibc.NAME);
    }

    boolean fits(ElfFile elf) {
      return bits == elf.bits() && littleEndian == elf.littleEndian() && machine == elf.machine();
    }
  }

  /**
   * A file of the unit in a template.
   *
   * @param key equal for files that can stand for each other
   */
  record Member(String key, String template, String path, ObjectId object, ElfFile elf) {}

  /**
   * A build, as far as templates have it.
   *
   * @param lead the file it is known by, of the first template that has it
   * @param providers of the lead: all that have it
   */
  record Build(
      Member lead, List<Member> providers, Map<String, Member> members, Set<String> contested) {}

  private final Id id;
  private final SortedMap<String, Map<String, List<Member>>> byTemplate = new TreeMap<>();

  Unit(Id id) {
    this.id = id;
  }

  Id id() {
    return id;
  }

  void add(Member member) {
    byTemplate
        .computeIfAbsent(member.template(), key -> new TreeMap<>())
        .computeIfAbsent(member.key(), key -> new ArrayList<>())
        .add(member);
  }

  Set<String> templates() {
    return byTemplate.keySet();
  }

  /** Of a template, in the order of their keys. */
  List<Member> members(String template) {
    List<Member> all = new ArrayList<>();
    byTemplate.getOrDefault(template, Map.of()).values().forEach(all::addAll);
    return all;
  }

  private boolean isLead(String key) {
    return id.isGlibc() ? Glibc.isLead(key) : key.equals(id.name());
  }

  /** Of a template, or of what it requires; null when none of these has it, or more than one. */
  @Nullable Member lead(List<String> closure, String template) {
    Member own = ownLead(template);
    if (own != null || leads(template).size() > 1) {
      return own;
    }
    for (String each : closure) {
      Member required = ownLead(each);
      if (required != null) {
        return required;
      }
    }
    return null;
  }

  private @Nullable Member ownLead(String template) {
    List<Member> leads = leads(template);
    Set<ObjectId> objects = new HashSet<>();
    leads.forEach(lead -> objects.add(lead.object()));
    return objects.size() == 1 ? leads.getFirst() : null;
  }

  private List<Member> leads(String template) {
    return members(template).stream().filter(member -> isLead(member.key())).toList();
  }

  /**
   * By the lead's object.
   *
   * @param closures of each template
   * @param from of which templates they are
   */
  Map<ObjectId, Build> builds(Map<String, List<String>> closures, Predicate<String> from) {
    Map<ObjectId, Build> builds = new HashMap<>();
    for (String template : byTemplate.keySet().stream().filter(from).toList()) {
      Member lead = lead(closures.getOrDefault(template, List.of()), template);
      if (lead == null) {
        continue;
      }
      Build build =
          builds.computeIfAbsent(
              lead.object(),
              key -> new Build(lead, new ArrayList<>(), new TreeMap<>(), new HashSet<>()));
      for (Member member : members(template)) {
        if (isLead(member.key())) {
          build.providers.add(member);
        }
        Member before = build.members.putIfAbsent(member.key(), member);
        if (before != null && !before.object().equals(member.object())) {
          build.contested.add(member.key());
        }
      }
    }
    return builds;
  }
}
