package dev.reg.template.unify;

import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import dev.reg.template.Version;
import dev.reg.template.elf.ElfFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Templates of files that are described, not there. An object is known by a word. */
final class Templates implements ElfFacts, PackageOrigins {
  static final String LIB = "/usr/lib/x86_64-linux-gnu/";

  private final Map<ObjectId, ElfFile> files = new HashMap<>();
  private final Map<ObjectId, Set<String>> symbols = new HashMap<>();
  private final Set<ObjectId> unreadable = new HashSet<>();
  private final Map<String, Packaged> packages = new HashMap<>();
  private final TreeMap<String, Template> templates = new TreeMap<>();
  private final TreeMap<String, List<String>> closures = new TreeMap<>();
  final Set<String> foreign = new TreeSet<>();
  final Map<String, String> withheld = new TreeMap<>();
  int read;

  static ObjectId object(String word) {
    return new ObjectId(Digest.of(word.getBytes(StandardCharsets.UTF_8)), 0644);
  }

  /** One ELF file's description. */
  final class Elf {
    private final String word;
    private @Nullable String soname;
    private final List<String> needed = new ArrayList<>();
    private final Map<String, Set<String>> versionsNeeded = new TreeMap<>();
    private Set<String> defined = Set.of();
    private int machine = 62;

    Elf(String word) {
      this.word = word;
      put();
    }

    Elf soname(String name) {
      soname = name;
      return put();
    }

    Elf machine(int number) {
      machine = number;
      return put();
    }

    Elf defines(String... versions) {
      defined = Set.of(versions);
      return put();
    }

    Elf needs(String name, String... versions) {
      needed.add(name);
      versionsNeeded.put(name, new TreeSet<>(Arrays.asList(versions)));
      return put();
    }

    Elf exports(String... names) {
      symbols.put(object(word), Set.of(names));
      unreadable.remove(object(word));
      return this;
    }

    /** Its symbols are. */
    Elf unreadable() {
      unreadable.add(object(word));
      return this;
    }

    private Elf put() {
      files.put(
          object(word),
          new ElfFile(
              64,
              true,
              machine,
              3,
              null,
              soname,
              needed,
              List.of(),
              List.of(),
              null,
              null,
              false,
              versionsNeeded,
              defined,
              List.of()));
      return this;
    }
  }

  Elf elf(String word) {
    return new Elf(word);
  }

  /** A template: {@code path=word}, {@code path->target}. */
  void template(String id, List<String> requires, String... entries) {
    List<TemplateFile> all = new ArrayList<>();
    List<TemplateLib> libs = new ArrayList<>();
    TreeMap<String, String> links = new TreeMap<>();
    for (String entry : entries) {
      if (entry.contains("->")) {
        links.put(
            entry.substring(0, entry.indexOf("->")), entry.substring(entry.indexOf("->") + 2));
        continue;
      }
      String path = entry.substring(0, entry.indexOf('='));
      ObjectId object = object(entry.substring(entry.indexOf('=') + 1));
      ElfFile elf = files.get(object);
      String lib = elf == null || elf.soname() == null ? null : TemplateLib.nameOf(elf.soname());
      if (lib == null) {
        all.add(new TemplateFile(path, path, object.digest(), object.mode()));
      } else {
        libs.add(new TemplateLib(lib, path, object.digest(), object.mode()));
      }
    }
    int at = id.indexOf('@');
    Template made =
        new Template(
            id.substring(0, at),
            new Version(id.substring(at + 1)),
            List.of(),
            all,
            libs,
            links,
            List.of(),
            Level.STATIC,
            Execution.NONE);
    templates.put(id, made);
    List<String> closure = new ArrayList<>(requires);
    closure.add(id);
    closures.put(id, closure);
  }

  void template(String id, String... entries) {
    template(id, List.of(), entries);
  }

  void comesFrom(String id, String path, String name, String version) {
    packages.put(id + path, new Packaged(name, version));
  }

  Template get(String id) {
    return Objects.requireNonNull(templates.get(id));
  }

  Plan plan() throws Exception {
    return Unification.plan(new Stock(templates, closures), this, this, withheld);
  }

  @Override
  public boolean isForeign(String template) {
    return foreign.contains(template);
  }

  @Override
  public @Nullable ElfFile elf(ObjectId object) {
    read++;
    return files.get(object);
  }

  @Override
  public @Nullable Set<String> symbols(ObjectId object) {
    return unreadable.contains(object) ? null : symbols.getOrDefault(object, Set.of());
  }

  @Override
  public Optional<Packaged> packageOf(String template, String path) {
    return Optional.ofNullable(packages.get(template + path));
  }
}
