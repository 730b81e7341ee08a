package dev.reg.template.elf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What programs load, found by the dynamic loader's own rules (ld.so(8)) in a system root: RPATH,
 * RUNPATH, ld.so.conf, the multiarch defaults; glibc-hwcaps variants are all kept. What programs
 * load by a name they make up themselves (plugins, NSS, gconv) cannot be seen: name it as a root.
 */
public final class LoaderClosure {
  private final Path sysroot;
  private final boolean extras;

  public LoaderClosure(Path sysroot) {
    this(sysroot, true);
  }

  /** Without extras: only what the loader maps before main, on the plainest processor. */
  LoaderClosure(Path sysroot, boolean extras) {
    this.sysroot = sysroot;
    this.extras = extras;
  }

  /**
   * A file of the closure.
   *
   * @param soname DT_SONAME, or the file's name when it has none
   * @param path absolute within the sysroot, free of links
   * @param because what brought it first
   */
  public record Found(String soname, String path, Because because) {}

  /** How one file brings another. */
  public enum How {
    /** PT_INTERP: the program interpreter. */
    INTERPRETER,
    /** DT_NEEDED. */
    NEEDED,
    /** A build for better processors, below glibc-hwcaps, of a library that is needed. */
    VARIANT,
    /** Opened by name while it runs: .note.dlopen, or what is known of libc. */
    DLOPEN,
    /** The first line of a script. */
    SHEBANG,
    /** A symbolic link that leads to it. */
    LINK
  }

  /**
   * Why a file is in the closure.
   *
   * @param by the path, free of links, of the file that needs it; a link's own path
   * @param name what {@code by} calls it: a SONAME, or a path
   */
  public record Because(String by, How how, String name) {}

  /**
   * What was found.
   *
   * @param libs everything loaded, sorted by path, roots left out: libraries, interpreters of
   *     programs and scripts, and files that a root leads to as a link
   * @param links every symbolic link passed on the way, by link-free path, with its target as it is
   *     on disk; /bin, /sbin, /lib and /lib64 left out
   * @param problems one sentence for each thing missing; empty means complete
   */
  public record Result(List<Found> libs, SortedMap<String, String> links, List<String> problems) {
    public Result {
      libs = List.copyOf(libs);
      links = Collections.unmodifiableSortedMap(new TreeMap<>(links));
      problems = List.copyOf(problems);
    }
  }

  /**
   * The closure of these files, absolute paths within the sysroot. Programs and libraries are
   * loaded, executable scripts bring their interpreter, other files bring nothing. A library among
   * them may need another among them by a SONAME that no search finds: their program has loaded
   * that one by its path before, and the loader asks for no SONAME twice (a JVM's libraries need
   * its libjvm.so so).
   */
  public Result resolve(Collection<String> roots) throws IOException {
    Context context = new Context(new SysRoot(sysroot));
    TreeMap<String, Found> found = new TreeMap<>();
    Set<String> given = new HashSet<>();
    Deque<Work> work = new ArrayDeque<>();
    for (String path : roots) {
      SysRoot.Place place = context.root.file(path);
      if (place == null) {
        context.problem("there is no file " + path);
        continue;
      }
      context.links(place.links());
      if (place.path().equals(path) || isMerged(place, path)) {
        given.add(place.path());
      }
      work.add(new Work(path, new Because(path, How.LINK, place.path())));
    }
    for (Work root : work) {
      context.given(root.path);
    }
    Set<String> seen = new HashSet<>();
    while (!work.isEmpty()) {
      Work next = work.remove();
      if (seen.add(next.path)) {
        one(context, next, found, work);
      }
    }
    given.forEach(found::remove);
    return new Result(List.copyOf(found.values()), context.links, List.copyOf(context.problems));
  }

  /** Whether only links of the merged /usr lie between a root and its file. */
  private static boolean isMerged(SysRoot.Place place, String path) {
    return place.links().keySet().stream().allMatch(SysRoot::isMerged)
        && place.path().endsWith(path.substring(path.indexOf('/', 1) + 1));
  }

  /** A path still to be looked at. */
  record Work(String path, Because because) {}

  private void one(Context context, Work one, Map<String, Found> found, Deque<Work> work)
      throws IOException {
    SysRoot.Place place = context.root.file(one.path);
    if (place == null) {
      return;
    }
    context.links(place.links());
    byte[] head = context.root.head(place.path(), Shebang.MAX_LINE);
    ElfFile elf = isElf(head) ? context.elf(place.path(), null) : null;
    found.putIfAbsent(place.path(), found(place.path(), elf, one.because));
    if (elf != null) {
      for (Loading.Loaded each : new Loading(context, extras).load(one.path, place.path(), elf)) {
        Because because = each.because();
        found.putIfAbsent(
            each.place(), found(each.place(), each.elf(), because == null ? one.because : because));
      }
    } else if (Shebang.is(head) && context.root.isExecutable(place.path())) {
      work.addAll(Shebang.programs(context, place.path(), head));
    }
  }

  private static Found found(String path, @Nullable ElfFile elf, Because because) {
    String soname = elf == null ? null : elf.soname();
    String name = soname == null ? path.substring(path.lastIndexOf('/') + 1) : soname;
    return new Found(name, path, because);
  }

  private static boolean isElf(byte[] head) {
    return head.length >= 4
        && head[0] == 0x7f
        && head[1] == 'E'
        && head[2] == 'L'
        && head[3] == 'F';
  }

  /** What all programs of one closure share: each file is read once, each problem told once. */
  static final class Context {
    private final SysRoot root;
    private final SearchPath search;
    private final Map<String, Optional<ElfFile>> files = new HashMap<>();
    private final TreeMap<String, String> links = new TreeMap<>();
    private final Map<String, String> given = new HashMap<>();
    private final Set<String> problems = new LinkedHashSet<>();

    Context(SysRoot root) throws IOException {
      this.root = root;
      this.search = new SearchPath(root);
    }

    SysRoot root() {
      return root;
    }

    SearchPath search() {
      return search;
    }

    /** A root, if it is a library that has a SONAME; of several with one the first. */
    void given(String path) throws IOException {
      SysRoot.Place place = root.file(path);
      if (place != null && isElf(root.head(place.path(), 4))) {
        ElfFile elf = elf(place.path(), null);
        if (elf != null && elf.soname() != null && elf.interpreter() == null) {
          given.putIfAbsent(elf.soname(), place.path());
        }
      }
    }

    /** The path of the root that has this SONAME, or null. */
    @Nullable String givenAs(String soname) {
      return given.get(soname);
    }

    void problem(String sentence) {
      problems.add(sentence);
    }

    void links(Map<String, String> passed) {
      passed.forEach(
          (path, target) -> {
            if (!SysRoot.isMerged(path)) {
              links.put(path, target);
            }
          });
    }

    /** The parsed file; null and a problem when it is damaged. */
    @Nullable ElfFile elf(String place, @Nullable String by) throws IOException {
      Optional<ElfFile> known = files.get(place);
      if (known == null) {
        try {
          known = Optional.of(ElfFile.read(root.host(place)));
        } catch (ElfException e) {
          problem(
              (by == null ? "" : by + " would load ")
                  + place
                  + (by == null ? "" : ", which")
                  + " is not a sound ELF file: "
                  + e.getMessage());
          known = Optional.empty();
        }
        files.put(place, known);
      }
      return known.orElse(null);
    }
  }
}
