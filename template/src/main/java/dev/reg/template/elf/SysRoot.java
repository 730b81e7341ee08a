package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory taken for the root of a system: links are followed as after a chroot, absolute ones
 * from this root, and nothing outside is ever touched.
 */
final class SysRoot {
  /** MAXSYMLINKS of linux/namei.h. */
  private static final int MAX_LINKS = 40;

  private static final int MAX_COMPONENTS = 4_096;
  private static final int MAX_PATH = 4_000;
  private static final int MAX_NAME = 255;

  private final Path root;
  private final Map<String, Optional<Place>> places = new HashMap<>();
  private final Map<String, List<String>> listings = new HashMap<>();
  private final Map<String, Kind> kinds = new HashMap<>();

  SysRoot(Path root) {
    this.root = root;
  }

  private enum Kind {
    MISSING,
    FILE,
    DIRECTORY,
    LINK,
    OTHER
  }

  /**
   * Where a path leads.
   *
   * @param path without any link
   * @param links those passed on the way, with their targets, by their own link-free paths
   */
  record Place(String path, SortedMap<String, String> links) {}

  /** The regular file that a path leads to. */
  @Nullable Place file(String path) throws IOException {
    Place place = resolve(path);
    return place != null && kind(place.path) == Kind.FILE ? place : null;
  }

  /** What an absolute path leads to; null when that does not exist. */
  @Nullable Place resolve(String path) throws IOException {
    Optional<Place> known = places.get(path);
    if (known == null) {
      known = Optional.ofNullable(walk(path));
      places.put(path, known);
    }
    return known.orElse(null);
  }

  private @Nullable Place walk(String path) throws IOException {
    Deque<String> left = new ArrayDeque<>();
    push(left, path);
    List<String> done = new ArrayList<>();
    TreeMap<String, String> links = new TreeMap<>();
    int followed = 0;
    while (!left.isEmpty()) {
      String component = left.pop();
      if (component.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        continue;
      }
      String here = "/" + String.join("/", done) + (done.isEmpty() ? "" : "/") + component;
      Kind kind = kind(here);
      if (kind == Kind.MISSING
          || (kind != Kind.DIRECTORY && kind != Kind.LINK && !left.isEmpty())) {
        return null;
      }
      if (kind != Kind.LINK) {
        done.add(component);
        continue;
      }
      String target = Files.readSymbolicLink(host(here)).toString();
      links.put(here, target);
      if (++followed > MAX_LINKS || left.size() > MAX_COMPONENTS) {
        return null;
      }
      if (target.startsWith("/")) {
        done.clear();
      }
      push(left, target);
    }
    return new Place("/" + String.join("/", done), links);
  }

  private static void push(Deque<String> left, String path) {
    for (String component : List.of(path.split("/", -1)).reversed()) {
      if (!component.isEmpty() && !component.equals(".")) {
        left.push(component);
      }
    }
  }

  private Kind kind(String path) throws IOException {
    Kind known = kinds.get(path);
    if (known == null) {
      known = look(path);
      kinds.put(path, known);
    }
    return known;
  }

  private Kind look(String path) throws IOException {
    if (isTooLong(path)) {
      return Kind.MISSING;
    }
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(host(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        return Kind.LINK;
      }
      if (attributes.isDirectory()) {
        return Kind.DIRECTORY;
      }
      return attributes.isRegularFile() ? Kind.FILE : Kind.OTHER;
    } catch (NoSuchFileException | InvalidPathException e) {
      return Kind.MISSING;
    }
  }

  /** ENAMETOOLONG: for the loader such a file is one that does not exist. */
  private static boolean isTooLong(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return path.length() > MAX_PATH || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME;
  }

  /** Names in a directory, sorted; none when there is no such directory. */
  List<String> list(String path) throws IOException {
    Place place = resolve(path);
    if (place == null || kind(place.path) != Kind.DIRECTORY) {
      return List.of();
    }
    List<String> known = listings.get(place.path);
    if (known == null) {
      known = new ArrayList<>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(host(place.path))) {
        for (Path entry : entries) {
          known.add(String.valueOf(entry.getFileName()));
        }
      } catch (NotDirectoryException e) {
        known.clear();
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
      known.sort(null);
      listings.put(place.path, known);
    }
    return known;
  }

  /** The first bytes of a file, by its link-free path. */
  byte[] head(String path, int length) throws IOException {
    try (var in = Files.newInputStream(host(path), LinkOption.NOFOLLOW_LINKS)) {
      return in.readNBytes(length);
    }
  }

  boolean isExecutable(String path) throws IOException {
    return ((int) Files.getAttribute(host(path), "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0111)
        != 0;
  }

  /** Where a link-free path lies on the host. */
  Path host(String path) {
    return root.resolve(path.substring(1));
  }

  /** The links that every system with a merged /usr has, and every container by itself. */
  static boolean isMerged(String link) {
    return Set.of("/bin", "/sbin", "/lib", "/lib64").contains(link);
  }
}
