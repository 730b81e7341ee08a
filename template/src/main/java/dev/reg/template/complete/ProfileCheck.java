package dev.reg.template.complete;

import dev.reg.template.complete.Profile.Need;
import dev.reg.template.complete.Profile.Rule;
import dev.reg.template.complete.Profile.When;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.elf.SysRoot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which {@link Profiles} a template's own files meet, and what of them its closure lacks. */
final class ProfileCheck {
  /** Variables by which setlocale(3) is told of a locale. */
  private static final List<String> LOCALES =
      List.of(
          "LANG",
          "LC_ALL",
          "LC_COLLATE",
          "LC_CTYPE",
          "LC_MESSAGES",
          "LC_MONETARY",
          "LC_NUMERIC",
          "LC_TIME");

  private static final Set<String> BUILT_IN = Set.of("", "C", "POSIX");
  private static final Set<String> GLIBC = Set.of("libc.so.6", "libpthread.so.0");

  /** Of any profile. */
  private static final Set<String> FUNCTIONS =
      Profiles.ALL.stream()
          .flatMap(profile -> profile.rules().stream())
          .map(Rule::when)
          .filter(Profile.Imports.class::isInstance)
          .flatMap(when -> ((Profile.Imports) when).functions().stream())
          .collect(Collectors.toSet());

  private static final PathPattern[] LIBC = {
    new PathPattern("/usr/lib/*/libc.so.6"),
    new PathPattern("/usr/lib/libc.so.6"),
    new PathPattern("/usr/lib64/libc.so.6")
  };

  private final SysRoot root;
  private final Places places;
  private final Collection<String> paths;
  private final SortedMap<String, ElfFile> elf;
  private final Map<String, String> environment;

  /** By path: the functions of any profile that a file takes from glibc. */
  private final Map<String, Set<String>> imports = new HashMap<>();

  /** By profile that applies: the places of each thing that is missing, with who wants it. */
  private final SortedMap<String, Map<List<String>, List<String>>> missing = new TreeMap<>();

  private final List<String> damaged = new ArrayList<>();

  /**
   * @param root of the closure
   * @param paths of the template's own files
   * @param elf its own dynamic programs and libraries, by path
   * @param environment its own variables
   */
  ProfileCheck(
      SysRoot root,
      Collection<String> paths,
      SortedMap<String, ElfFile> elf,
      Map<String, String> environment)
      throws IOException {
    this.root = root;
    this.places = new Places(root);
    this.paths = new TreeSet<>(paths);
    this.elf = elf;
    this.environment = environment;
    for (Profile profile : Profiles.ALL) {
      for (Rule rule : profile.rules()) {
        for (By by : those(rule.when())) {
          Map<List<String>, List<String>> gaps =
              missing.computeIfAbsent(profile.name(), key -> new LinkedHashMap<>());
          for (Need need : rule.needs()) {
            look(gaps, by, need);
          }
        }
      }
    }
  }

  /**
   * What has a rule apply.
   *
   * @param who as a sentence begins
   * @param key for {@link Places}
   */
  private record By(String who, String key) {}

  private List<By> those(When when) throws IOException {
    List<By> all = new ArrayList<>();
    switch (when) {
      case Profile.Soname soname ->
          elf.forEach(
              (path, file) -> {
                String name = file.soname();
                if (name != null
                    && soname.name().matcher(name).matches()
                    && !file.versionsDefined().contains(soname.lacking())) {
                  all.add(new By(path, path));
                }
              });
      case Profile.Imports wanted -> {
        for (Map.Entry<String, ElfFile> file : elf.entrySet()) {
          if (!wanted.except().contains(String.valueOf(file.getValue().soname()))
              && !Collections.disjoint(wanted.functions(), imports(file))) {
            all.add(new By(file.getKey(), file.getKey()));
          }
        }
      }
      case Profile.File file -> {
        PathPattern pattern = new PathPattern(file.path());
        paths.stream().filter(pattern::matches).forEach(path -> all.add(new By(path, path)));
      }
      case Profile.Locale locale -> {
        for (String variable : LOCALES) {
          String name = environment.getOrDefault(variable, "");
          if (!BUILT_IN.contains(name) && name.indexOf('/') < 0 && hasGlibc()) {
            all.add(new By("the variable " + variable + "=" + name, name));
          }
        }
      }
    }
    return all;
  }

  private boolean hasGlibc() throws IOException {
    for (PathPattern libc : LIBC) {
      if (libc.isIn(root)) {
        return true;
      }
    }
    return false;
  }

  private Set<String> imports(Map.Entry<String, ElfFile> file) throws IOException {
    if (Collections.disjoint(file.getValue().needed(), GLIBC)) {
      return Set.of();
    }
    Set<String> known = imports.get(file.getKey());
    if (known == null) {
      try {
        known = ElfFile.imports(root.content(file.getKey()), FUNCTIONS);
      } catch (ElfException e) {
        damaged.add(file.getKey() + " is not a sound ELF file: " + e.getMessage());
        known = Set.of();
      }
      imports.put(file.getKey(), known);
    }
    return known;
  }

  private void look(Map<List<String>, List<String>> gaps, By by, Need need) throws IOException {
    List<String> wanted = places.of(need, by.key);
    for (String place : wanted) {
      if (new PathPattern(place).isIn(root)) {
        return;
      }
    }
    if (!wanted.isEmpty()) {
      gaps.computeIfAbsent(wanted, key -> new ArrayList<>()).add(by.who);
    }
  }

  /** The profiles of which something is missing, each with one sentence for each such thing. */
  SortedMap<String, List<String>> gaps() {
    SortedMap<String, List<String>> sentences = new TreeMap<>();
    missing.forEach(
        (profile, gaps) -> {
          if (!gaps.isEmpty()) {
            sentences.put(
                profile,
                gaps.entrySet().stream()
                    .map(gap -> sentence(gap.getValue(), gap.getKey()))
                    .toList());
          }
        });
    return sentences;
  }

  private static String sentence(List<String> by, List<String> wanted) {
    return by.getFirst()
        + (by.size() == 1 ? " opens " : " and " + (by.size() - 1) + " more open ")
        + String.join(" or ", wanted)
        + " by name, which is missing";
  }

  /**
   * What is missing and not waived, and what is waived without being asked for.
   *
   * @param waive profile to reason
   */
  List<String> problems(Map<String, String> waive) {
    List<String> problems = new ArrayList<>(damaged);
    SortedMap<String, List<String>> gaps = gaps();
    gaps.forEach(
        (profile, sentences) -> {
          if (!waive.containsKey(profile)) {
            String hint = " (bring it, or waive " + profile + " with a reason)";
            sentences.forEach(sentence -> problems.add(sentence + hint));
          }
        });
    List<String> names = Profiles.ALL.stream().map(Profile::name).toList();
    for (String waived : waive.keySet()) {
      if (!names.contains(waived)) {
        problems.add(
            "it waives " + waived + ", which is no profile: there are " + String.join(", ", names));
      } else if (!missing.containsKey(waived)) {
        problems.add("it waives " + waived + ", which nothing in it asks for");
      } else if (!gaps.containsKey(waived)) {
        problems.add("it waives " + waived + ", of which nothing is missing");
      }
    }
    return problems;
  }
}
