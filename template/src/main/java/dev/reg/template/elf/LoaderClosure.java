package dev.reg.template.elf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What programs load, found by the dynamic loader's own rules (ld.so(8)) in a system root: RPATH,
 * RUNPATH, ld.so.cache, the directories built into the loader; builds for better processors are all
 * kept. What programs load by a name they make up themselves (plugins, NSS, gconv) cannot be seen:
 * name it as a root. The files must not change while it is used; not for several threads.
 */
public final class LoaderClosure {
  /** Where containers look for programs. */
  public static final List<String> PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private final SysRoot root;
  private final SearchPath search;
  private final ElfFiles files;
  private final List<String> path;

  /** Of a directory; without a cache of the loader's, what ld.so.conf names is searched, too. */
  public LoaderClosure(Path sysroot) throws IOException {
    this(new DirectoryTree(sysroot));
  }

  /** Of a tree of packages: without a cache of the loader's, what ld.so.conf names is searched. */
  public LoaderClosure(FileTree tree) throws IOException {
    this(new SysRoot(tree), true, new ElfFiles(), PATH);
  }

  /** The same beneath another tree that hides what it has itself. */
  public LoaderClosure(FileTree above, FileTree tree) throws IOException {
    this(new LayeredTree(above, tree));
  }

  /**
   * Of a tree as it is: what is only configured for ldconfig is not found.
   *
   * @param path directories in which programs are looked for by name
   */
  public LoaderClosure(SysRoot root, ElfFiles files, List<String> path) throws IOException {
    this(root, false, files, path);
  }

  private LoaderClosure(SysRoot root, boolean configurable, ElfFiles files, List<String> path)
      throws IOException {
    this.root = root;
    this.search = new SearchPath(root, configurable);
    this.files = files;
    this.path = List.copyOf(path);
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
    /** DT_NEEDED, DT_FILTER or DT_AUXILIARY. */
    NEEDED,
    /** A build for better processors of a library that is needed. */
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
   * @param assumptions one sentence for each library that another needs and no rule finds, but that
   *     is among the roots: taken to be in the process already, loaded by its path
   * @param problems one sentence for each thing missing; empty means complete
   */
  public record Result(
      List<Found> libs,
      SortedMap<String, String> links,
      List<String> assumptions,
      List<String> problems) {
    Result(
        List<Found> libs,
        Map<String, String> links,
        List<String> assumptions,
        List<String> problems) {
      this(libs, new TreeMap<>(links), assumptions, problems);
    }

    public Result {
      libs = List.copyOf(libs);
      links = Collections.unmodifiableSortedMap(new TreeMap<>(links));
      assumptions = List.copyOf(assumptions);
      problems = List.copyOf(problems);
    }
  }

  /**
   * What the loader would print of one program or library ({@code ld.so --list}), on the plainest
   * processor.
   *
   * @param found the path of every object by the name it was asked for by, as the loader opens it;
   *     without the program itself
   * @param places the same, free of links
   * @param missing names that it does not find
   * @param problems everything that is wrong, missing names and symbol versions among it
   */
  public record Listing(
      SortedMap<String, String> found,
      SortedMap<String, String> places,
      List<String> missing,
      List<String> problems) {}

  /**
   * The closure of these files, absolute paths within the sysroot. Programs and libraries are
   * loaded, executable scripts bring their interpreter, other files bring nothing.
   */
  public Result resolve(Collection<String> roots) throws IOException {
    ClosureContext context = new ClosureContext(root, search, files, path);
    TreeMap<String, Found> found = new TreeMap<>();
    Set<String> given = new HashSet<>();
    Deque<String> work = new ArrayDeque<>();
    for (String each : roots) {
      SysRoot.Place place = root.file(each);
      if (place == null) {
        context.problem("there is no file " + each);
        continue;
      }
      context.links(place.links());
      if (place.path().equals(each) || isMerged(place, each)) {
        given.add(place.path());
      } else {
        context.reason(place.path(), new Because(each, How.LINK, place.path()));
      }
      work.add(each);
      offer(context, place);
    }
    Set<String> seen = new HashSet<>();
    while (!work.isEmpty()) {
      String next = work.remove();
      if (seen.add(next)) {
        one(context, next, found, work);
      }
    }
    given.forEach(found::remove);
    return new Result(
        List.copyOf(found.values()), context.links(), context.assumptions(), context.problems());
  }

  private void offer(ClosureContext context, SysRoot.Place place) throws IOException {
    if (ElfFiles.isElf(root.content(place.path()))) {
      ElfFile elf = context.elf(place.path(), null);
      if (elf != null) {
        context.offer(place.path(), elf);
      }
    }
  }

  /** Whether only links of the merged /usr lie between a root and its file. */
  private static boolean isMerged(SysRoot.Place place, String path) {
    return place.links().keySet().stream().allMatch(SysRoot::isMerged)
        && place.path().endsWith(path.substring(path.indexOf('/', 1) + 1));
  }

  private void one(
      ClosureContext context, String path, Map<String, Found> found, Deque<String> work)
      throws IOException {
    SysRoot.Place place = root.file(path);
    if (place == null) {
      return;
    }
    context.links(place.links());
    byte[] head = root.head(place.path(), Shebang.MAX_LINE);
    ElfFile elf = ElfFiles.isElf(head) ? context.elf(place.path(), null) : null;
    found.putIfAbsent(place.path(), found(context, place.path(), elf));
    if (elf != null) {
      for (Loading.Loaded each : new Loading(context, true).load(path, place.path(), elf)) {
        found.putIfAbsent(each.place(), found(context, each.place(), each.elf()));
      }
    } else if (Shebang.is(head) && root.isExecutable(place.path())) {
      work.addAll(Shebang.programs(context, place.path(), head));
    }
  }

  private static Found found(ClosureContext context, String path, @Nullable ElfFile elf) {
    String soname = elf == null ? null : elf.soname();
    String name = path.substring(path.lastIndexOf('/') + 1);
    return new Found(soname == null ? name : soname, path, context.reason(path));
  }

  /**
   * As the loader would list it.
   *
   * @param file an absolute path within the sysroot
   * @throws ElfException when it is no sound ELF file
   */
  public Listing listing(String file) throws IOException {
    SysRoot.Place place = root.file(file);
    if (place == null) {
      throw new ElfException("there is no file " + file);
    }
    ClosureContext context = new ClosureContext(root, search, files, path);
    Loading loading = new Loading(context, false);
    SortedMap<String, String> found = new TreeMap<>();
    SortedMap<String, String> places = new TreeMap<>();
    ElfFile elf = files.read(root.content(place.path()));
    for (Loading.Loaded each : loading.load(file, place.path(), elf)) {
      if (each.by() != null) {
        found.put(each.name(), each.opened());
        places.put(each.name(), each.place());
      }
    }
    return new Listing(found, places, loading.missing(), context.problems());
  }
}
