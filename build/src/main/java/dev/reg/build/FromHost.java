package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.Version;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A template of a program that is on this machine, at its own path, with what the loader maps for
 * it and, for a script, what interprets it. Read with the rights of this process.
 */
final class FromHost {
  private static final String ORIGIN = "this machine";
  private static final int DIGITS = 12;

  private final Path host;
  private final Path out;
  private final Progress progress;
  private final @Nullable String name;
  private final @Nullable String version;

  /**
   * @param host the root of the machine
   * @param name the template's; null for that of the program
   * @param version null for the beginning of the program's digest
   */
  FromHost(
      Path host, Path out, Progress progress, @Nullable String name, @Nullable String version) {
    this.host = host;
    this.out = out;
    this.progress = progress;
    this.name = name;
    this.version = version;
  }

  /**
   * @param program an absolute path; links are followed
   */
  void build(String program) throws IOException, RegException {
    String path = checked(program);
    LoaderClosure.Result closure = new LoaderClosure(host).resolve(List.of(path));
    if (!closure.problems().isEmpty()) {
      throw refused(program, String.join("; ", closure.problems()));
    }
    InstalledPackages installed = InstalledPackages.read(new HostRecords(host));
    Map<String, String> owners = installed.owners();
    PackageTree tree = new PackageTree(out.resolve(Builder.STAGING));
    for (Map.Entry<String, String> link : closure.links().entrySet()) {
      String at = Paths.merged(link.getKey());
      if (!(tree.get(at) instanceof PackageTree.Node.Directory)) {
        tree.link(owners.getOrDefault(at, ORIGIN), at, link.getValue());
      }
    }
    String real = tree.resolve(path).map(PackageTree.Resolved::path).orElse(path);
    copy(real, owners, tree);
    if (!(tree.get(real) instanceof PackageTree.Node.File file) || (file.mode() & 0111) == 0) {
      throw refused(program, "it is not executable");
    }
    TreeMap<String, Why> paths = new TreeMap<>();
    paths.put(real, new Why.Asked());
    for (LoaderClosure.Found found : closure.libs()) {
      String at = Paths.merged(found.path());
      if (tree.get(at) == null) {
        copy(at, owners, tree);
      }
      paths.putIfAbsent(at, Reasons.of(found));
      findable(found, at, tree, paths);
    }
    for (Map.Entry<String, PackageTree.Node> node : tree.nodes().entrySet()) {
      if (!(node.getValue() instanceof PackageTree.Node.Directory)) {
        Why asked = new Why.Asked();
        paths.putIfAbsent(
            node.getKey(), Reasons.ofLink(node.getKey(), closure, tree).orElse(asked));
      }
    }
    TreeMap<String, String> links = new TreeMap<>();
    String command = Paths.name(path);
    if (!Kinds.isProgram(path)) {
      links.put("/usr/local/bin/" + command, path);
    }
    Execution execution = new Execution(Map.of(), List.of(command));
    Recipe recipe =
        Recipe.without(
            called(program, command), links, List.of(), List.of(), Level.STATIC, execution);
    String digest = Digest.of(content(real)).hex();
    Version number = Version.parse(version == null ? digest.substring(0, DIGITS) : version);
    Facts facts =
        new Facts(
            new BuiltFrom.Program(program),
            HostRelease.read(host.resolve("etc/os-release")).distribution(),
            installed.packages(),
            Map.of());
    new Builder(recipe, out, progress)
        .write(number, tree, Selection.of(recipe, tree, paths), facts);
  }

  private String checked(String program) throws RegException {
    String reason = Paths.problem(program);
    if (reason != null) {
      throw refused(program, "it " + reason);
    }
    String path = Paths.merged(program);
    if (Kinds.isOfTheMoment(path)) {
      throw refused(
          program,
          "a container has its own files there; copy it elsewhere, such as /usr/local/bin");
    }
    return path;
  }

  private String called(String path, String program) throws RegException {
    String text = name == null ? program.toLowerCase(Locale.ROOT) : name;
    if (!RecipeReader.NAME.matcher(text).matches()) {
      throw refused(path, Text.quote(text) + " is no template's name; say one with --name");
    }
    return text;
  }

  private Path content(String path) {
    return host.resolve(path.substring(1));
  }

  private void copy(String path, Map<String, String> owners, PackageTree tree)
      throws IOException, RegException {
    Path file = content(path);
    int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      tree.file(owners.getOrDefault(path, ORIGIN), path, mode, in);
    }
  }

  /**
   * Where the machine's ld.so.cache says where a library is, a link in a default directory does.
   */
  private static void findable(
      LoaderClosure.Found found, String at, PackageTree tree, Map<String, Why> paths)
      throws IOException, RegException {
    String name = found.because().name();
    boolean byName = found.because().how() == LoaderClosure.How.NEEDED && name.indexOf('/') < 0;
    if (byName && !Kinds.isLibrary(at)) {
      String link = "/usr/lib/" + name;
      if (tree.get(link) == null) {
        tree.link(ORIGIN, link, at);
        paths.put(link, Reasons.of(found));
      }
    }
  }

  private static RegException refused(String program, String why) {
    return new RegException(
        ErrorKind.INVALID, "cannot make a template of " + Text.quote(program) + ": " + why);
  }
}
