package dev.reg.build;

import dev.reg.build.Recipe.Concat;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.Version;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A template of packages for which nobody wrote a recipe. */
final class FromPackages {
  /**
   * What every Debian machine has, so that packages do not say that they depend on it (Debian
   * Policy 3.8), and what programs take for granted beside: of these only what is needed is taken.
   */
  static final List<String> TAKEN_FOR_GRANTED =
      List.of(
          "bash",
          "ca-certificates",
          "coreutils",
          "dash",
          "debianutils",
          "diffutils",
          "findutils",
          "grep",
          "gzip",
          "hostname",
          "libc-bin",
          "mawk",
          "ncurses-base",
          "perl-base",
          "sed",
          "tar");

  private static final Pattern CERTIFIED =
      Pattern.compile(".*/lib(?:crypto|ssl|gnutls|nss3)[.-][^/]*|.*/libnss3\\.so");
  private static final Pattern TERMINAL = Pattern.compile(".*/lib(?:tinfo|ncursesw?)\\.so[^/]*");
  private static final Glob TERMINALS = Glob.of("/usr/lib/terminfo/**");
  private static final Glob LOCALE = Glob.of("/usr/lib/locale/C.*/**");

  /** Which glibc reads for every locale but C, whether or not anything is converted. */
  private static final Glob CONVERSIONS = Glob.of("/usr/lib/*/gconv/gconv-modules.cache");

  private static final Glob AUTHORITIES = Glob.of("/usr/share/ca-certificates/mozilla/*.crt");
  private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

  private final List<String> packages;
  private final @Nullable String given;
  private final String name;
  private final Path out;
  private final Progress progress;

  /**
   * @param packages what was asked for, the first one first
   * @param name the template's; null for that of the first package
   */
  FromPackages(List<String> packages, @Nullable String name, Path out, Progress progress) {
    this.packages = List.copyOf(packages);
    this.given = name;
    this.name = name == null ? packages.getFirst() : name;
    this.out = out;
    this.progress = progress;
  }

  /** Makes the template of packages that are on this machine: these and all they depend on. */
  void build(Map<DebianPackage, Path> archives, Distribution distribution)
      throws IOException, RegException {
    Version version = version(archives);
    List<PackageControl> controls = PackageControl.readAll(archives);
    PackageTree tree = Builder.unpack(archives, out, progress);
    SonameLinks.add(tree);
    PostinstLinks.add(tree, controls);
    progress.say("choosing files");
    WholePackages.Result chosen =
        new WholePackages(tree, new PackageGraph(tree, controls), packages).grow();
    chosen.notes().forEach(progress::say);
    if (chosen.paths().isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot make a template of "
              + String.join(", ", packages)
              + ": there is nothing in it but documentation");
    }
    TreeMap<String, String> links = new TreeMap<>();
    List<Concat> concat = new ArrayList<>();
    if (has(chosen.libraries(), CERTIFIED) && hasAny(tree, AUTHORITIES)) {
      concat.add(new Concat(BUNDLE, AUTHORITIES));
      links.put("/usr/lib/ssl/cert.pem", BUNDLE);
    }
    TreeMap<String, Why> paths = new TreeMap<>(chosen.reasons());
    paths.keySet().removeAll(links.keySet());
    paths.remove(BUNDLE);
    add(tree, LOCALE, paths);
    add(tree, CONVERSIONS, paths);
    if (has(chosen.libraries(), TERMINAL)) {
      add(tree, TERMINALS, paths);
    }
    Recipe recipe =
        Recipe.without(
            name,
            links,
            concat,
            chosen.directories().stream().map(TemplateDirectory::new).toList(),
            Level.STATIC,
            new Execution(Map.of("LANG", "C.UTF-8"), command(chosen.programs())));
    progress.say("resolving libraries");
    Facts facts =
        Facts.of(new BuiltFrom.Packages(packages, given), distribution, archives, controls);
    new Builder(recipe, out, progress)
        .write(version, tree, Selection.of(recipe, tree, paths), facts);
  }

  /** See {@link Builder#buildWhole}. */
  void buildWhole(Map<DebianPackage, Path> archives) throws IOException, RegException {
    Builder.writeWhole(name, version(archives), archives, out, progress);
  }

  private Version version(Map<DebianPackage, Path> archives) throws RegException {
    for (DebianPackage one : archives.keySet()) {
      if (one.name().equals(packages.getFirst())) {
        return Version.parse(DebianVersion.upstream(one.version()));
      }
    }
    throw new RegException(
        ErrorKind.INVALID,
        "cannot tell the version of a template of "
            + Text.quote(packages.getFirst())
            + ": Debian has no package of just this name, only others that provide it; name one of"
            + " them");
  }

  private static boolean has(NavigableSet<String> libraries, Pattern pattern) {
    return libraries.stream().anyMatch(path -> pattern.matcher(path).matches());
  }

  private static boolean hasAny(PackageTree tree, Glob glob) {
    return tree.nodes().keySet().stream().anyMatch(glob::matches);
  }

  private static void add(PackageTree tree, Glob glob, Map<String, Why> paths) {
    Why why = new Why.Pattern("data", glob.toString());
    tree.nodes().keySet().stream()
        .filter(glob::matches)
        .forEach(path -> paths.putIfAbsent(path, why));
  }

  /** The program of the package's or the template's name, or the only one. */
  private List<String> command(NavigableSet<String> programs) {
    for (String wanted : List.of(packages.getFirst(), name)) {
      if (programs.stream().anyMatch(path -> Paths.name(path).equals(wanted))) {
        return List.of(wanted);
      }
    }
    return programs.size() == 1 ? List.of(Paths.name(programs.getFirst())) : List.of();
  }
}
