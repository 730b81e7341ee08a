package dev.reg.template.elf;

import dev.reg.template.elf.LoaderClosure.Because;
import dev.reg.template.elf.LoaderClosure.How;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One process being loaded: glibc's elf/dl-deps.c and elf/dl-load.c, breadth first, every name
 * bound once; or musl's ldso/dynlink.c when that is the program's interpreter.
 */
final class Loading {
  private static final int MAX_OBJECTS = 10_000;

  private final ClosureContext context;
  private final boolean extras;

  /** By every name it is known by; the first wins. */
  private final Map<String, Loaded> names = new HashMap<>();

  private final Map<String, Loaded> byPlace = new HashMap<>();

  /** Builds for better processors, by the plain one. */
  private final Map<Loaded, List<Loaded>> variants = new HashMap<>();

  private final Deque<Loaded> queue = new ArrayDeque<>();
  private final List<Loaded> all = new ArrayList<>();
  private final Set<String> missing = new LinkedHashSet<>();
  private @Nullable Loaded main;
  private @Nullable String loader;

  /**
   * @param extras whether what is opened later counts, and what is loaded on other processors
   */
  Loading(ClosureContext context, boolean extras) {
    this.context = context;
    this.extras = extras;
  }

  /**
   * An object in the process.
   *
   * @param name by which it was asked for
   * @param opened the path by which it was found, which is what $ORIGIN goes by
   * @param place its link-free path
   * @param by whose DT_NEEDED brought it
   */
  record Loaded(String name, String opened, String place, ElfFile elf, @Nullable Loaded by) {
    String origin() {
      int slash = opened.lastIndexOf('/');
      return slash <= 0 ? "/" : opened.substring(0, slash);
    }

    // Two objects of one process are never equal; the chain of their loaders is long.
    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Everything a program or library makes the loader map; itself first. */
  List<Loaded> load(String path, String place, ElfFile elf) throws IOException {
    if (elf.type() != ElfFile.EXECUTABLE && elf.type() != ElfFile.SHARED) {
      return List.of();
    }
    // The kernel tells a program where it is without links; a library keeps the path it has.
    String opened = elf.interpreter() == null ? path : place;
    Loaded first = new Loaded(path, opened, place, elf, null);
    main = first;
    loader = elf.interpreter();
    enter(first, opened);
    interpreter(first);
    while (!queue.isEmpty()) {
      Loaded next = queue.remove();
      for (String name : next.elf.needed()) {
        need(next, name);
      }
      for (String name : next.elf.filters()) {
        need(next, name);
      }
      for (String name : next.elf.auxiliaries()) {
        find(next, name, How.NEEDED);
      }
      if (extras) {
        dlopened(next);
      }
    }
    if (!isMusl()) {
      checkVersions();
    }
    return all;
  }

  /** Names that were needed and not found. */
  List<String> missing() {
    return List.copyOf(missing);
  }

  private boolean isMusl() {
    return Musl.is(loader, main == null ? List.of() : main.elf.needed());
  }

  private void enter(Loaded object, String name) {
    names.putIfAbsent(name, object);
    if (object.elf.soname() != null) {
      names.putIfAbsent(object.elf.soname(), object);
    }
    if (byPlace.putIfAbsent(object.place, object) == null) {
      all.add(object);
      queue.add(object);
    }
  }

  private void interpreter(Loaded object) throws IOException {
    String path = object.elf.interpreter();
    if (path == null) {
      return;
    }
    Loaded found = path.startsWith("/") ? open(path, path, object) : null;
    if (found == null) {
      missing.add(path);
      context.problem(
          object.place + " needs the program interpreter " + path + ", which is missing");
    } else {
      context.reason(found.place, new Because(object.place, How.INTERPRETER, path));
      enter(found, path);
    }
  }

  private void need(Loaded by, String name) throws IOException {
    if (find(by, name, How.NEEDED) != null || all.size() >= MAX_OBJECTS) {
      return;
    }
    missing.add(name);
    if (!isThereBefore(by, name)) {
      context.problem(by.place + " needs the library " + name + ", which is missing");
    }
  }

  /**
   * A library that is opened by a program may count on what that has loaded by a path: java opens
   * lib/server/libjvm.so, and then libraries that need libjvm.so and have no way to it.
   */
  private boolean isThereBefore(Loaded by, String name) throws IOException {
    String place = extras && loader == null ? context.offered(name) : null;
    Loaded there = place == null ? null : open(name, place, by);
    if (there == null) {
      return false;
    }
    context.assumption(
        by.place + " needs the library " + name + "; taken to be loaded before it: " + place);
    enter(there, name);
    return true;
  }

  /** The object for a name, loaded if it was not; null when it is nowhere. */
  private @Nullable Loaded find(Loaded by, String wanted, How how) throws IOException {
    for (String name : Tokens.expand(wanted, by, context.search(), loader)) {
      Loaded known = names.get(name);
      if (known != null) {
        return known;
      }
      Loaded found = name.indexOf('/') >= 0 ? absolute(name, by) : search(name, by);
      if (found != null && all.size() < MAX_OBJECTS) {
        context.reason(found.place, new Because(by.place, how, wanted));
        Loaded same = byPlace.get(found.place);
        enter(same == null ? found : same, name);
        return found;
      }
    }
    return null;
  }

  private @Nullable Loaded absolute(String path, Loaded by) throws IOException {
    // A relative one depends on where the program happens to be started.
    return path.startsWith("/") ? open(path, path, by) : null;
  }

  private @Nullable Loaded search(String name, Loaded by) throws IOException {
    if (isMusl()) {
      return musl(name, by);
    }
    List<Loaded> better = new ArrayList<>();
    Loaded found = among(ownPath(by), name, by, better);
    if (found == null) {
      found = cached(name, by, better);
    }
    if (found == null) {
      found = among(context.search().directories(by.elf, loader), name, by, better);
    }
    for (Loaded variant : better) {
      context.reason(variant.place, new Because(by.place, How.VARIANT, name));
      enter(variant, variant.opened);
    }
    if (found != null && !better.isEmpty()) {
      variants.put(found, better);
    }
    return found;
  }

  /** What DT_RPATH and DT_RUNPATH say, as far as they count for a name of this object's. */
  @SuppressWarnings("ReferenceEquality") // each object is one
  private Set<String> ownPath(Loaded by) throws IOException {
    Set<String> directories = new LinkedHashSet<>();
    if (by.elf.runpath() == null) {
      boolean reachedMain = false;
      for (Loaded each = by; each != null; each = each.by) {
        rpath(each, directories);
        reachedMain |= each == main;
      }
      if (!reachedMain && main != null) {
        rpath(main, directories);
      }
    } else {
      add(by.elf.runpath(), by, directories);
    }
    return directories;
  }

  private @Nullable Loaded among(
      Iterable<String> directories, String name, Loaded by, List<Loaded> better)
      throws IOException {
    for (String directory : directories) {
      if (extras) {
        for (String each : context.search().betters(directory)) {
          addIfThere(better, open(name, each + "/" + name, by));
        }
      }
      Loaded found = open(name, directory + "/" + name, by);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private @Nullable Loaded cached(String name, Loaded by, List<Loaded> better) throws IOException {
    Loaded plain = null;
    for (LoaderCache.Entry entry : context.search().cached(name, by.elf, loader)) {
      if (entry.isForAny()) {
        plain = plain == null ? open(name, entry.path(), by) : plain;
      } else if (extras) {
        addIfThere(better, open(name, entry.path(), by));
      }
    }
    return plain;
  }

  private static void addIfThere(List<Loaded> list, @Nullable Loaded object) {
    if (object != null) {
      list.add(object);
    }
  }

  private @Nullable Loaded musl(String name, Loaded by) throws IOException {
    String own = Musl.loader(loader, by.elf.needed());
    if (Musl.isItself(name)) {
      return open(name, own, by);
    }
    Set<String> directories = new LinkedHashSet<>();
    for (Loaded each = by; each != null; each = each.by) {
      String path = each.elf.runpath() == null ? each.elf.rpath() : each.elf.runpath();
      if (path != null) {
        add(path, each, directories);
      }
    }
    directories.addAll(Musl.path(context.root(), own));
    return among(directories, name, by, new ArrayList<>());
  }

  /** DT_RPATH counts only where there is no DT_RUNPATH. */
  private void rpath(Loaded object, Set<String> directories) throws IOException {
    if (object.elf.rpath() != null && object.elf.runpath() == null) {
      add(object.elf.rpath(), object, directories);
    }
  }

  private void add(String path, Loaded owner, Set<String> directories) throws IOException {
    for (String element : path.split(":", -1)) {
      for (String directory : Tokens.expand(element, owner, context.search(), loader)) {
        // A relative one depends on where the program happens to be started.
        if (directory.startsWith("/")) {
          directories.add(directory.length() > 1 ? directory.replaceAll("/+$", "") : "");
        }
      }
    }
  }

  /** The file, if it is one the process can take; another class or machine is passed over. */
  private @Nullable Loaded open(String name, String path, Loaded by) throws IOException {
    SysRoot.Place place = context.root().file(path);
    if (place == null) {
      return null;
    }
    ElfFile elf = context.elf(place.path(), by.place);
    if (elf == null || !elf.fits(by.elf)) {
      return null;
    }
    context.links(place.links());
    return new Loaded(name, path, place.path(), elf, by);
  }

  private void dlopened(Loaded object) throws IOException {
    if ("libc.so.6".equals(object.elf.soname())) {
      // Thread cancellation unwinds with it (pthread_cancel, sysdeps/nptl/unwind-forcedunwind.c).
      find(object, "libgcc_s.so.1", How.DLOPEN);
    }
    for (ElfFile.Dlopen wish : object.elf.dlopen()) {
      boolean met = false;
      for (String soname : wish.sonames()) {
        met = find(object, soname, How.DLOPEN) != null || met;
      }
      if (!met && wish.priority().equals("required")) {
        context.problem(
            object.place
                + " loads "
                + String.join(" or ", wish.sonames())
                + " by name, which is missing");
      }
    }
  }

  private void checkVersions() {
    for (Loaded object : all) {
      object
          .elf
          .versionsNeeded()
          .forEach(
              (file, versions) -> {
                Loaded library = names.get(file);
                if (library != null) {
                  checkVersions(object, file, versions, library);
                  variants
                      .getOrDefault(library, List.of())
                      .forEach(variant -> checkVersions(object, file, versions, variant));
                }
              });
    }
  }

  /** A library without version information does for any version. */
  private void checkVersions(Loaded object, String file, Set<String> versions, Loaded library) {
    if (library.elf.versionsDefined().isEmpty()) {
      return;
    }
    for (String version : versions) {
      if (!library.elf.versionsDefined().contains(version)) {
        context.problem(
            object.place
                + " needs version "
                + version
                + " of "
                + file
                + ", which "
                + library.place
                + " does not have");
      }
    }
  }
}
