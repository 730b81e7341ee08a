package dev.reg.build;

import dev.reg.build.LayerStack.Entry;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Trees;
import dev.reg.template.Level;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.Version;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.Why;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A template of a container image: of what {@code docker save} wrote, or an OCI layout. What the
 * image's author added is taken, and of the distribution's packages below it what that needs.
 */
final class FromImage {
  /** The origin of what no package of the image has. */
  private static final String AUTHOR = "the image";

  /** The origin of the distribution's files in an image that has no records of packages. */
  private static final String SYSTEM = "the image's system";

  private static final List<String> SYSTEM_DIRECTORIES =
      List.of(
          "/usr/bin/",
          "/usr/games/",
          "/usr/lib/",
          "/usr/lib64/",
          "/usr/sbin/",
          "/usr/share/",
          "/usr/libexec/");

  private static final Set<String> BASE =
      Set.of("/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/sbin");

  /** Made by the engine for each container, or by whoever ran the image. */
  private static final Set<String> MACHINES =
      Set.of(
          "/.dockerenv",
          "/etc/group",
          "/etc/group-",
          "/etc/gshadow",
          "/etc/gshadow-",
          "/etc/hostname",
          "/etc/hosts",
          "/etc/mtab",
          "/etc/passwd",
          "/etc/passwd-",
          "/etc/resolv.conf",
          "/etc/shadow",
          "/etc/shadow-");

  private static final int LONGEST_TAG = 1_000;
  private static final int LARGEST_RELEASE = 65_536;

  private final Path out;
  private final Progress progress;
  private final @Nullable String name;
  private final @Nullable String version;
  private final boolean whole;

  /**
   * @param name the template's; null for that of the image's tag
   * @param version null for that of the image's tag
   * @param whole whether nothing is left out
   */
  FromImage(
      Path out, Progress progress, @Nullable String name, @Nullable String version, boolean whole) {
    this.out = out;
    this.progress = progress;
    this.name = name;
    this.version = version;
    this.whole = whole;
  }

  /** Standard input is the archive. */
  void build(String architecture) throws IOException, RegException {
    Path work = Files.createDirectory(out.resolve(Builder.WORK));
    // Standard input stays open.
    @SuppressWarnings("resource")
    FileChannel input = new FileInputStream(FileDescriptor.in).getChannel();
    build(input, Files.isRegularFile(Path.of("/proc/self/fd/0")), work, architecture);
  }

  /** An archive; one that is not {@code regular} is copied first. */
  void build(FileChannel input, boolean regular, Path work, String architecture)
      throws IOException, RegException {
    LayerReader reader = new LayerReader(work);
    try (FileChannel archive = reader.seekable(input, regular)) {
      build(ImageFiles.of(archive), reader, work, architecture);
    }
  }

  /** An unpacked layout. */
  void build(Path layout, String architecture) throws IOException, RegException {
    Path work = Files.createDirectory(out.resolve(Builder.WORK));
    build(ImageFiles.of(layout), new LayerReader(work), work, architecture);
  }

  private void build(ImageFiles files, LayerReader reader, Path work, String architecture)
      throws IOException, RegException {
    ImageManifest image = ImageManifest.read(files, architecture);
    ImageName named = ImageName.of(image, name, version);
    LayerStack stack = new LayerStack(Files.createDirectory(work.resolve("contents")));
    for (ImageManifest.Layer layer : image.layers()) {
      progress.say("unpacking layer " + Text.line(layer.content().hex().substring(0, 12)));
      reader.read(files, layer, stack::apply);
    }
    InstalledPackages installed = InstalledPackages.read(stack);
    PackageTree tree = tree(stack, installed);
    SonameLinks.add(tree);
    ImageExecution execution = ImageExecution.of(image.config(), stack, tree);
    Chosen chosen = whole ? everything(tree) : slim(tree, installed, execution.programs());
    chosen.notes().forEach(progress::say);
    execution.notes().forEach(progress::say);
    Recipe recipe =
        Recipe.without(
            named.name(),
            new TreeMap<>(),
            List.of(),
            chosen.directories().stream().map(path -> directory(path, stack)).toList(),
            whole ? Level.NONE : Level.STATIC,
            execution.execution());
    Selection selection =
        whole
            ? Selection.asIs(recipe, tree, chosen.paths().keySet())
            : Selection.of(recipe, tree, chosen.paths());
    Facts facts =
        new Facts(
            new BuiltFrom.Image(tag(image), image.id().toString(), whole),
            release(stack),
            installed.packages(),
            Map.of());
    new Builder(recipe, out, progress)
        .write(Version.parse(named.version()), tree, selection, facts);
    Trees.deleteIfThere(work);
  }

  private static @Nullable String tag(ImageManifest image) {
    String tag = image.tag();
    return tag == null || tag.isEmpty() || tag.length() > LONGEST_TAG || Text.hasControl(tag)
        ? null
        : tag;
  }

  private static @Nullable Distribution release(LayerStack stack) throws IOException {
    Path file = stack.content("/etc/os-release");
    return file == null || Files.size(file) > LARGEST_RELEASE
        ? null
        : HostRelease.read(file).distribution();
  }

  /** What goes into the template: paths with their reasons. */
  private record Chosen(
      SortedMap<String, Why> paths, Set<String> directories, List<String> notes) {}

  private static TemplateDirectory directory(String path, LayerStack stack) {
    if (stack.entries().get(path) instanceof Entry.Directory directory) {
      // Everything is root's in an environment: who owned it could write it.
      int mode = directory.owned() ? 01777 : directory.mode();
      return new TemplateDirectory(path, mode);
    }
    return new TemplateDirectory(path);
  }

  private PackageTree tree(LayerStack stack, InstalledPackages installed)
      throws IOException, RegException {
    PackageTree tree = new PackageTree(out.resolve(Builder.STAGING));
    boolean known = !installed.packages().isEmpty();
    for (Map.Entry<String, Entry> each : stack.entries().entrySet()) {
      String path = each.getKey();
      // A link in place of one of the directories that every container has is not there either.
      boolean base = each.getValue() instanceof Entry.Link && BASE.contains(path);
      if (base || MACHINES.contains(path) || Kinds.isOfTheMoment(path)) {
        continue;
      }
      String otherwise =
          !known && SYSTEM_DIRECTORIES.stream().anyMatch(path::startsWith) ? SYSTEM : AUTHOR;
      String origin = installed.owners().getOrDefault(path, otherwise);
      switch (each.getValue()) {
        case Entry.Directory directory -> tree.directory(origin, path);
        case Entry.File file -> tree.adopt(origin, path, file.mode(), file.content());
        case Entry.Link link -> tree.link(origin, path, link.target());
      }
    }
    return tree;
  }

  private static Chosen everything(PackageTree tree) {
    TreeMap<String, Why> paths = new TreeMap<>();
    TreeSet<String> directories = new TreeSet<>();
    for (String path : tree.nodes().keySet()) {
      String next = tree.nodes().higherKey(path);
      if (!(tree.get(path) instanceof PackageTree.Node.Directory)) {
        paths.put(path, new Why.Whole(null));
      } else if (next == null || !next.startsWith(path + "/")) {
        directories.add(path);
      }
    }
    directories.removeAll(BASE);
    return new Chosen(paths, directories, List.of());
  }

  private static Chosen slim(PackageTree tree, InstalledPackages installed, List<String> programs)
      throws IOException, RegException {
    List<PackageControl> controls = new ArrayList<>(installed.packages());
    controls.add(new PackageControl(AUTHOR, Set.of(), Set.of(), ""));
    controls.add(new PackageControl(SYSTEM, Set.of(), Set.of(), ""));
    PackageGraph graph = new PackageGraph(tree, controls);
    WholePackages.Result result =
        new WholePackages(tree, graph, Set.of(AUTHOR), new LinkedHashSet<>(graph.names()))
            .grow(programs);
    for (String program : programs) {
      boolean there = result.paths().contains(program) || result.libraries().contains(program);
      if (!there) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot import the image: its program "
                + Text.quote(program)
                + " is not complete: "
                + String.join("; ", result.notes().stream().limit(3).toList()));
      }
    }
    if (result.paths().isEmpty()) {
      throw ImageFiles.invalid(
          "it says of no program that it is to be run, and has no files but the distribution's;"
              + " --whole takes all of them",
          null);
    }
    return new Chosen(result.reasons(), result.directories(), result.notes());
  }
}
