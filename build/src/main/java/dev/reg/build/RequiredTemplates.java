package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.store.Tree;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateWriter;
import dev.reg.template.complete.StoredTree;
import dev.reg.template.elf.FileTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the templates have that the one being built requires: it need not have that itself. On their
 * way to the builder they are a directory {@code required} beside its packages, with each template
 * in {@code templates/} and the content of all files in {@code objects/}.
 */
public final class RequiredTemplates {
  static final RequiredTemplates NONE = new RequiredTemplates(List.of(), new TreeMap<>(), null);

  /** Written by the process that fetches packages: a reference in each line. */
  public static final String WANTED = "requires";

  private static final String GIVEN = "required";
  private static final int READABLE = 0004;

  private final List<String> templates;
  private final Map<String, PackageTree.Node> nodes;
  private final @Nullable FileTree tree;

  private RequiredTemplates(
      List<String> templates, Map<String, PackageTree.Node> nodes, @Nullable FileTree tree) {
    this.templates = List.copyOf(templates);
    this.nodes = nodes;
    this.tree = tree;
  }

  /** Says what is required. */
  static void want(Path directory, List<TemplateRef> required) throws IOException {
    Files.write(directory.resolve(WANTED), required.stream().map(TemplateRef::toString).toList());
  }

  /** What {@link #WANTED} says. */
  public static List<TemplateRef> wanted(byte[] content) throws RegException {
    List<TemplateRef> refs = new ArrayList<>();
    for (String line : new String(content, StandardCharsets.UTF_8).lines().toList()) {
      refs.add(TemplateRef.parse(line));
    }
    return refs;
  }

  /**
   * Gives the builder what is required, and everything that requires. Contents are hard links where
   * that is possible and the builder, who is another user, may read them.
   *
   * @throws RegException FAILED_PRECONDITION when a file of it is gone meanwhile
   */
  public static void give(Path packages, Closure closure, ObjectStore objects)
      throws IOException, RegException {
    Path given = directory(packages.resolve(GIVEN));
    Path templates = directory(given.resolve("templates"));
    Path contents = directory(given.resolve("objects"));
    Set<ObjectId> done = new HashSet<>();
    for (Head head : closure.templates()) {
      Template template = closure.load(head);
      Files.write(templates.resolve(head.name()), TemplateWriter.write(template));
      for (Entry entry : Closure.entries(template)) {
        if (entry instanceof Entry.File file && done.add(file.object())) {
          give(objects.path(file.object()), contents.resolve(file.object().toString()), head, file);
        }
      }
    }
  }

  private static void give(Path object, Path place, Head head, Entry.File file)
      throws IOException, RegException {
    try {
      if ((file.object().mode() & READABLE) == 0) {
        copy(object, place);
        return;
      }
      try {
        Files.createLink(place, object);
      } catch (NoSuchFileException e) {
        throw e;
      } catch (FileSystemException e) {
        copy(object, place); // An inode takes only so many links.
      }
    } catch (NoSuchFileException e) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot build on "
              + head.id()
              + ": its file "
              + file.path()
              + " is gone; see 'reg"
              + " template verify "
              + head.name()
              + "'",
          e);
    }
  }

  private static void copy(Path object, Path place) throws IOException {
    Files.copy(object, place);
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("r--r--r--"));
  }

  /** One that whoever gets as far may enter. */
  private static Path directory(Path place) throws IOException {
    Files.createDirectory(place);
    return Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What was given; nothing when nothing was. */
  static RequiredTemplates read(Path packages) throws IOException, RegException {
    Path given = packages.resolve(GIVEN);
    if (!Files.isDirectory(given)) {
      return NONE;
    }
    Path contents = given.resolve("objects");
    List<Path> files;
    try (Stream<Path> all = Files.list(given.resolve("templates"))) {
      files = all.sorted().toList();
    }
    List<String> ids = new ArrayList<>();
    Map<String, Entry> entries = new TreeMap<>();
    Map<String, PackageTree.Node> nodes = new TreeMap<>();
    for (Path file : files) {
      Template template = TemplateReader.read(file.toString(), Files.readAllBytes(file));
      ids.add(template.id());
      for (Entry entry : Closure.entries(template)) {
        if (entries.putIfAbsent(entry.path(), entry) == null) {
          nodes.put(entry.path(), node(template.id(), entry, contents));
        }
      }
    }
    Tree tree = Tree.of(entries.values());
    return new RequiredTemplates(
        ids, nodes, new StoredTree(tree, object -> contents.resolve(object.toString())));
  }

  private static PackageTree.Node node(String template, Entry entry, Path contents) {
    return switch (entry) {
      case Entry.File file ->
          new PackageTree.Node.File(
              template,
              file.object().mode(),
              FileContent.at(contents.resolve(file.object().toString())));
      case Entry.Link link -> new PackageTree.Node.Link(template, link.target());
      case Entry.Directory directory -> new PackageTree.Node.Directory(template);
      case Entry.Text text -> new PackageTree.Node.Directory(template);
    };
  }

  /** {@code name@version} of each, sorted. */
  List<String> templates() {
    return templates;
  }

  /** A file, link or directory of them; null when they have none there. */
  PackageTree.@Nullable Node get(String path) {
    return nodes.get(path);
  }

  /** All of it; null when there is nothing. */
  @Nullable FileTree tree() {
    return tree;
  }

  /** Whether they have something at a path, be it only a directory of something. */
  boolean has(String path) throws IOException {
    return tree != null && tree.kind(path) != FileTree.Kind.MISSING;
  }

  /** Whether what they have at the path is a file of this content and mode. */
  boolean hasAs(String path, PackageTree.Node.File other) throws IOException {
    return nodes.get(path) instanceof PackageTree.Node.File file
        && file.mode() == other.mode()
        && file.content().size() == other.content().size()
        && digest(file).equals(digest(other));
  }

  private static Digest digest(PackageTree.Node.File file) throws IOException {
    try (InputStream in = file.content().open()) {
      return Digest.of(in);
    }
  }
}
