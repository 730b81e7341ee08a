package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.template.elf.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A package tree as a loader sees it. Whether something is there does not depend on what is on
 * disk: only a file that is read is put there.
 */
final class PackageFiles implements FileTree {
  /** Links of the root that are in no package: the merged /usr. */
  private static final NavigableMap<String, String> MERGED =
      Collections.unmodifiableNavigableMap(
          new TreeMap<>(
              Map.of(
                  "/bin",
                  "usr/bin",
                  "/sbin",
                  "usr/sbin",
                  "/lib",
                  "usr/lib",
                  "/lib64",
                  "usr/lib64")));

  private final NavigableMap<String, Node> nodes;

  /**
   * Of these nodes.
   *
   * @param nodes every directory above one is there, too
   */
  PackageFiles(NavigableMap<String, Node> nodes) {
    this.nodes = nodes;
  }

  @Override
  public Kind kind(String path) {
    if (MERGED.containsKey(path)) {
      return Kind.LINK;
    }
    return switch (nodes.get(path)) {
      case Node.Directory directory -> Kind.DIRECTORY;
      case Node.File file -> Kind.FILE;
      case Node.Link link -> Kind.LINK;
      case null -> path.equals("/") ? Kind.DIRECTORY : Kind.MISSING;
    };
  }

  @Override
  public String target(String link) {
    String merged = MERGED.get(link);
    if (merged != null) {
      return merged;
    }
    return nodes.get(link) instanceof Node.Link known ? known.target() : "";
  }

  @Override
  public List<String> list(String directory) {
    String above = directory.equals("/") ? "/" : directory + "/";
    List<String> names = new ArrayList<>();
    String next = nodes.higherKey(above);
    while (next != null && next.startsWith(above)) {
      int end = next.indexOf('/', above.length());
      if (end < 0) {
        names.add(next.substring(above.length()));
        next = nodes.higherKey(next);
      } else {
        // Past everything below that name: '0' follows '/'.
        next = nodes.ceilingKey(next.substring(0, end) + "0");
      }
    }
    if (directory.equals("/")) {
      MERGED.keySet().forEach(link -> names.add(link.substring(1)));
    }
    names.sort(null);
    return names;
  }

  @Override
  public Path content(String file) {
    try {
      return file(file).content().onDisk();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isExecutable(String file) {
    return (file(file).mode() & 0111) != 0;
  }

  private Node.File file(String path) {
    if (nodes.get(path) instanceof Node.File file) {
      return file;
    }
    throw new IllegalArgumentException("no file of the packages: " + path);
  }
}
