package dev.reg.template.elf;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One process being loaded: glibc's elf/dl-deps.c and elf/dl-load.c, breadth first, every name
 * bound once.
 */
final class Loading {
  private static final Pattern TOKEN =
      Pattern.compile("\\$(?:\\{(ORIGIN|LIB|PLATFORM)\\}|(ORIGIN|LIB|PLATFORM))");
  private static final int MAX_OBJECTS = 10_000;

  private final LoaderClosure.Context context;
  private final boolean extras;

  /** By every name it is known by; the first wins. */
  private final Map<String, Loaded> names = new HashMap<>();

  private final Map<String, Loaded> byPlace = new HashMap<>();
  private final Deque<Loaded> queue = new ArrayDeque<>();
  private final List<Loaded> all = new ArrayList<>();
  private @Nullable Loaded main;

  Loading(LoaderClosure.Context context, boolean extras) {
    this.context = context;
    this.extras = extras;
  }

  /**
   * An object in the process.
   *
   * @param opened the path by which it was found, which is what $ORIGIN goes by
   * @param place its link-free path
   * @param by whose DT_NEEDED brought it
   * @param because as {@code by} has it; null for the first
   */
  record Loaded(
      String opened,
      String place,
      ElfFile elf,
      @Nullable Loaded by,
      LoaderClosure.@Nullable Because because) {
    String origin() {
      int slash = opened.lastIndexOf('/');
      return slash <= 0 ? "/" : opened.substring(0, slash);
    }
  }

  /** Everything a program or library makes the loader map; itself first. */
  List<Loaded> load(String opened, String place, ElfFile elf) throws IOException {
    Loaded first = new Loaded(opened, place, elf, null, null);
    main = first;
    enter(first, opened);
    interpreter(first);
    while (!queue.isEmpty()) {
      Loaded next = queue.remove();
      for (String name : next.elf.needed()) {
        need(next, name);
      }
      if (extras) {
        dlopened(next);
      }
    }
    checkVersions();
    return all;
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
    Loaded loader =
        path.startsWith("/") ? open(path, because(object, How.INTERPRETER, path), object) : null;
    if (loader == null) {
      context.problem(
          object.place + " needs the program interpreter " + path + ", which is missing");
    } else {
      enter(loader, path);
    }
  }

  private void need(Loaded by, String name) throws IOException {
    if (find(by, name, How.NEEDED) == null && all.size() < MAX_OBJECTS && !isGiven(by, name)) {
      context.problem(by.place + " needs the library " + name + ", which is missing");
    }
  }

  /** Whether the unknown program of a library has loaded what it needs before. */
  private boolean isGiven(Loaded by, String soname) throws IOException {
    String path = context.givenAs(soname);
    if (path == null || main == null || main.elf.interpreter() != null) {
      return false;
    }
    Loaded given = open(path, because(by, How.NEEDED, soname), by);
    if (given != null) {
      enter(given, soname);
    }
    return given != null;
  }

  private static LoaderClosure.Because because(Loaded by, How how, String name) {
    return new LoaderClosure.Because(by.place, how, name);
  }

  /** The object for a name, loaded if it was not; null when it is nowhere. */
  private @Nullable Loaded find(Loaded by, String wanted, How how) throws IOException {
    String name = expand(wanted, by);
    Loaded known = names.get(name);
    if (known != null) {
      return known;
    }
    LoaderClosure.Because because = because(by, how, wanted);
    Loaded found = name.indexOf('/') >= 0 ? absolute(name, because, by) : search(name, because, by);
    if (found != null && all.size() < MAX_OBJECTS) {
      Loaded same = byPlace.get(found.place);
      enter(same == null ? found : same, name);
    }
    return found;
  }

  private @Nullable Loaded absolute(String path, LoaderClosure.Because because, Loaded by)
      throws IOException {
    return path.startsWith("/") ? open(path, because, by) : null;
  }

  private @Nullable Loaded search(String name, LoaderClosure.Because because, Loaded by)
      throws IOException {
    Set<String> directories = new LinkedHashSet<>();
    if (by.elf.runpath() == null) {
      for (Loaded each = by; each != null; each = each.by) {
        rpath(each, directories);
      }
      if (main != null) {
        rpath(main, directories);
      }
    } else {
      add(by.elf.runpath(), by, directories);
    }
    directories.addAll(context.search().directories(by.elf, !by.elf.noDefaultLibraries()));
    for (String directory : directories) {
      Loaded found = open(directory + "/" + name, because, by);
      if (found != null) {
        variants(directory, name, by);
        return found;
      }
    }
    return null;
  }

  /** DT_RPATH counts only where there is no DT_RUNPATH. */
  private void rpath(Loaded object, Set<String> directories) {
    if (object.elf.rpath() != null && object.elf.runpath() == null) {
      add(object.elf.rpath(), object, directories);
    }
  }

  private void add(String path, Loaded owner, Set<String> directories) {
    for (String element : path.split(":", -1)) {
      String directory = expand(element, owner);
      // A relative one depends on where the program happens to be started.
      if (directory.startsWith("/")) {
        directories.add(directory.length() > 1 ? directory.replaceAll("/+$", "") : "");
      }
    }
  }

  /** Dynamic string tokens, ld.so(8). */
  private static String expand(String text, Loaded owner) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    return TOKEN
        .matcher(text)
        .replaceAll(
            match -> {
              String token = match.group(1) != null ? match.group(1) : match.group(2);
              return Matcher.quoteReplacement(
                  switch (token) {
                    case "ORIGIN" -> owner.origin();
                    case "LIB" -> "lib/" + SearchPath.triplet(owner.elf);
                    default -> SearchPath.platform(owner.elf);
                  });
            });
  }

  /** The file, if it is one the process can take; another class or machine is passed over. */
  private @Nullable Loaded open(String path, LoaderClosure.Because because, Loaded by)
      throws IOException {
    SysRoot.Place place = context.root().file(path);
    if (place == null) {
      return null;
    }
    ElfFile elf = context.elf(place.path(), by.place);
    if (elf == null || !elf.fits(by.elf)) {
      return null;
    }
    context.links(place.links());
    return new Loaded(path, place.path(), elf, by, because);
  }

  /** Builds of the same library for better processors; which one is loaded the host decides. */
  private void variants(String directory, String name, Loaded by) throws IOException {
    if (!extras) {
      return;
    }
    String parent = directory + "/glibc-hwcaps";
    for (String level : context.root().list(parent)) {
      Loaded variant = open(parent + "/" + level + "/" + name, because(by, How.VARIANT, name), by);
      if (variant != null) {
        enter(variant, variant.opened);
      }
    }
  }

  private void dlopened(Loaded object) throws IOException {
    if ("libc.so.6".equals(object.elf.soname())) {
      // Thread cancellation unwinds with it (pthread_cancel, sysdeps/nptl/unwind-forcedunwind.c).
      find(object, "libgcc_s.so.1", How.DLOPEN);
    }
    for (ElfFile.Dlopen wish : object.elf.dlopen()) {
      boolean met = false;
      for (String soname : wish.sonames()) {
        met = met || find(object, soname, How.DLOPEN) != null;
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
                if (library != null && !library.elf.versionsDefined().isEmpty()) {
                  checkVersions(object, file, versions, library);
                }
              });
    }
  }

  private void checkVersions(Loaded object, String file, Set<String> versions, Loaded library) {
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
