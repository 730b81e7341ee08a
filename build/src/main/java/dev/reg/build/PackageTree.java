package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.FileTree;
import dev.reg.template.elf.LoaderClosure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of several packages as one tree with {@code /bin} and the like merged into /usr. What
 * is in it is known here, so that no path is ever looked up on disk: a link of one package cannot
 * lead a file of another elsewhere.
 */
final class PackageTree {
  /** Bytes of all files. */
  static final long LARGEST = 8L << 30;

  /** Files, links and directories. */
  static final int MOST = 1_000_000;

  private static final int MOST_LINKS = 40;

  /** Below it is what programs open by name, and, seldom, a program or library. */
  private static final String SHARED = "/usr/share/";

  /** Bytes of a file that waits in memory, and of all that do. */
  private static final int LARGEST_KEPT = 65_536;

  private static final long MOST_KEPT = 64L << 20;

  /** What is at a path, and which package brought it. */
  sealed interface Node {
    String origin();

    record Directory(String origin) implements Node {}

    /** {@code mode} is its permission bits. */
    record File(String origin, int mode, FileContent content) implements Node {}

    record Link(String origin, String target) implements Node {}
  }

  /** Where a path leads: the last path, which may be absent, and the links on the way. */
  record Resolved(String path, List<String> links) {}

  private final TreeMap<String, Node> nodes = new TreeMap<>();
  private final Path root;
  private final Path unnameable;
  private RequiredTemplates required = RequiredTemplates.NONE;
  private long bytes;
  private long kept;

  /** Makes the directory {@code disk}, which must not exist. */
  PackageTree(Path disk) throws IOException {
    root = disk.resolve("root");
    unnameable = disk.resolve("named");
    Files.createDirectory(disk);
    Files.createDirectory(unnameable);
    Files.createDirectory(root);
    Files.createDirectory(root.resolve("usr"));
    nodes.put("/usr", new Node.Directory("the base"));
    for (String name : List.of("bin", "sbin", "lib", "lib64")) {
      Files.createSymbolicLink(root.resolve(name), Path.of("usr/" + name));
      Files.createDirectory(root.resolve("usr/" + name));
      nodes.put("/usr/" + name, new Node.Directory("the base"));
    }
  }

  /**
   * What is on disk by its own path. What has a name outside ASCII is not in it, nor is small data
   * below /usr/share that nobody has wanted yet.
   */
  Path root() {
    return root;
  }

  /**
   * Puts what is required on top: whatever is looked up by its path from now on is that, where it
   * has anything. What the packages have stays what is listed.
   */
  void under(RequiredTemplates templates) {
    required = templates;
  }

  /** Whether what is required has a file or link there. */
  boolean isGiven(String path) {
    Node node = required.get(path);
    return node instanceof Node.File || node instanceof Node.Link;
  }

  /** Whether what is required has something there, be it only a directory of something. */
  boolean isThere(String path) throws IOException {
    return required.has(path);
  }

  /** Whether what the packages have at a path is there already, the same. */
  boolean isGivenAsItIs(String path) throws IOException {
    return switch (nodes.get(path)) {
      case Node.File file -> required.hasAs(path, file);
      case Node.Link link when required.get(path) instanceof Node.Link given ->
          given.target().equals(link.target());
      // A library is at its SONAME, where packages have a link.
      case Node.Link link ->
          nodes.get(Paths.merged(Paths.target(path, link.target()))) instanceof Node.File file
              && required.hasAs(path, file);
      case Node.Directory directory -> false;
      case null -> false;
    };
  }

  /** What the loader finds in it. */
  LoaderClosure closure() throws IOException {
    FileTree above = required.tree();
    FileTree own = new PackageFiles(nodes);
    return above == null ? new LoaderClosure(own) : new LoaderClosure(above, own);
  }

  /** What the loader finds in the packages alone. */
  LoaderClosure closureOfPackages() throws IOException {
    return new LoaderClosure(new PackageFiles(nodes));
  }

  /** What the packages have. */
  NavigableMap<String, Node> nodes() {
    return Collections.unmodifiableNavigableMap(nodes);
  }

  @Nullable Node get(String path) {
    Node given = required.get(path);
    return given == null ? nodes.get(path) : given;
  }

  void directory(String origin, String path) throws IOException, RegException {
    if (nodes.get(path) instanceof Node.Directory) {
      return;
    }
    makeWay(origin, path);
    makeDirectory(origin, path);
  }

  private void makeDirectory(String origin, String path) throws IOException, RegException {
    put(origin, path, new Node.Directory(origin));
    if (isAscii(path) && !path.startsWith(SHARED)) {
      Files.createDirectory(onDisk(path));
    }
  }

  /** Refuses with EXHAUSTED when the tree gets larger than {@link #LARGEST}. */
  void file(String origin, String path, int mode, InputStream content)
      throws IOException, RegException {
    Path disk = isAscii(path) ? onDisk(path) : unnameable.resolve("f" + nodes.size());
    boolean executable = (mode & 0111) != 0;
    byte[] head = content.readNBytes(LARGEST_KEPT);
    count(origin, head.length);
    if (path.startsWith(SHARED)
        && !executable
        && head.length < LARGEST_KEPT
        && kept + head.length <= MOST_KEPT
        && !ElfFiles.isElf(head)) {
      kept += head.length;
      FileContent small = FileContent.kept(disk, head);
      place(origin, path, new Node.File(origin, mode & 0777, small));
      return;
    }
    place(origin, path, new Node.File(origin, mode & 0777, FileContent.at(disk)));
    makeWayOnDisk(path);
    try (OutputStream out = Files.newOutputStream(disk, StandardOpenOption.CREATE_NEW)) {
      out.write(head);
      for (byte[] next = content.readNBytes(LARGEST_KEPT);
          next.length > 0;
          next = content.readNBytes(LARGEST_KEPT)) {
        count(origin, next.length);
        out.write(next);
      }
    }
    if (executable) {
      FileContent.makeExecutable(disk);
    }
  }

  private void count(String origin, int more) throws RegException {
    bytes += more;
    if (bytes > LARGEST) {
      throw new RegException(
          ErrorKind.EXHAUSTED, "cannot unpack " + origin + ": more than " + LARGEST + " bytes");
    }
  }

  /** A file whose content is on this machine already, on the same filesystem; it stays there. */
  void adopt(String origin, String path, int mode, Path content) throws IOException, RegException {
    Path disk = isAscii(path) ? onDisk(path) : unnameable.resolve("f" + nodes.size());
    place(origin, path, new Node.File(origin, mode & 0777, FileContent.at(disk)));
    makeWayOnDisk(path);
    Files.createLink(disk, content);
    if ((mode & 0111) != 0) {
      FileContent.makeExecutable(disk);
    }
  }

  void link(String origin, String path, String target) throws IOException, RegException {
    if (target.isEmpty() || target.length() > Paths.LONGEST || Text.hasControl(target)) {
      throw refused(origin, path, "is a link to " + Text.quote(target));
    }
    place(origin, path, new Node.Link(origin, target));
    if (isAscii(path) && isAscii(target)) {
      makeWayOnDisk(path);
      Files.createSymbolicLink(onDisk(path), Path.of(target));
    }
  }

  /** Another name for a file that is already there. */
  void hardLink(String origin, String path, String of) throws IOException, RegException {
    if (!(nodes.get(of) instanceof Node.File file)) {
      throw refused(
          origin, path, "is a hard link to " + Text.quote(of) + ", which is no file of it");
    }
    if (!isAscii(path) || (path.startsWith(SHARED) && file.content().isKept())) {
      place(origin, path, new Node.File(origin, file.mode(), file.content()));
      return;
    }
    Path disk = onDisk(path);
    place(origin, path, new Node.File(origin, file.mode(), FileContent.at(disk)));
    makeWayOnDisk(path);
    file.content().linkTo(disk);
  }

  private void place(String origin, String path, Node node) throws IOException, RegException {
    makeWay(origin, path);
    put(origin, path, node);
  }

  /** Makes the directories above what can be put there. */
  private void makeWay(String origin, String path) throws IOException, RegException {
    String reason = Paths.problem(path);
    if (reason != null) {
      throw refused(origin, path, reason);
    }
    if (isAscii(path) && onDisk(path).toString().length() > Paths.LONGEST) {
      throw refused(origin, path, "is too long to be laid out below " + root);
    }
    Node old = nodes.get(path);
    if (old != null) {
      throw refused(origin, path, "is also in " + old.origin());
    }
    // Not by recursion: there may be two thousand.
    List<String> missing = new ArrayList<>();
    for (String up = Paths.parent(path); !up.equals("/"); up = Paths.parent(up)) {
      Node above = nodes.get(up);
      if (above instanceof Node.Directory) {
        break;
      }
      if (above != null) {
        throw refused(origin, up, "is something else in " + above.origin());
      }
      missing.add(up);
    }
    for (String up : missing.reversed()) {
      makeDirectory(origin, up);
    }
  }

  /** Directories there are not made before something is in them on disk. */
  private void makeWayOnDisk(String path) throws IOException {
    if (path.startsWith(SHARED) && isAscii(path)) {
      Files.createDirectories(onDisk(Paths.parent(path)));
    }
  }

  private void put(String origin, String path, Node node) throws RegException {
    if (nodes.size() >= MOST) {
      throw new RegException(
          ErrorKind.EXHAUSTED, "cannot unpack " + origin + ": more than " + MOST + " entries");
    }
    nodes.put(path, node);
  }

  static RegException refused(String origin, String path, String why) {
    return new RegException(
        ErrorKind.INVALID, "cannot unpack " + origin + ": " + Text.quote(path) + " " + why);
  }

  private Path onDisk(String path) {
    return root.resolve(path.substring(1));
  }

  /** Java's paths have the locale's encoding, and a service may run without a locale. */
  static boolean isAscii(String path) {
    return StandardCharsets.US_ASCII.newEncoder().canEncode(path);
  }

  /** Follows links within the tree; empty after more than 40, as the kernel does. */
  Optional<Resolved> resolve(String path) {
    ArrayDeque<String> rest = new ArrayDeque<>(names(path));
    List<String> links = new ArrayList<>();
    String at = "";
    while (!rest.isEmpty()) {
      String name = rest.removeFirst();
      if (name.equals("..")) {
        at = at.isEmpty() ? "" : at.substring(0, at.lastIndexOf('/'));
        continue;
      }
      String next = at + "/" + name;
      if (Paths.isMerged(next)) {
        at = Paths.merged(next);
      } else if (get(next) instanceof Node.Link link) {
        if (links.size() == MOST_LINKS) {
          return Optional.empty();
        }
        links.add(next);
        at = link.target().startsWith("/") ? "" : at;
        List<String> names = names(link.target());
        for (int i = names.size() - 1; i >= 0; i--) {
          rest.addFirst(names.get(i));
        }
      } else {
        at = next;
      }
    }
    return Optional.of(new Resolved(at.isEmpty() ? "/" : at, List.copyOf(links)));
  }

  private static List<String> names(String path) {
    List<String> out = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty() && !name.equals(".")) {
        out.add(name);
      }
    }
    return out;
  }
}
