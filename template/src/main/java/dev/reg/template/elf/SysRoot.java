package dev.reg.template.elf;

import dev.reg.template.elf.FileTree.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
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
 * Paths of a tree: links are followed as after a chroot, absolute ones from its root, and nothing
 * outside is ever touched. Every path is looked at once: the tree must not change.
 */
public final class SysRoot {
  /** MAXSYMLINKS of linux/namei.h. */
  private static final int MAX_LINKS = 40;

  private static final int MAX_COMPONENTS = 4_096;
  private static final Set<String> MERGED = Set.of("/bin", "/sbin", "/lib", "/lib64");
  private static final SortedMap<String, String> NO_LINKS =
      Collections.unmodifiableSortedMap(new TreeMap<>());

  private final FileTree tree;
  private final Map<String, Optional<Place>> places = new HashMap<>();
  private final Map<String, List<String>> listings = new HashMap<>();
  private final Map<String, Kind> kinds = new HashMap<>();

  public SysRoot(FileTree tree) {
    this.tree = tree;
  }

  /**
   * Where a path leads.
   *
   * @param path without any link
   * @param links those passed on the way, with their targets, by their own link-free paths
   */
  public record Place(String path, SortedMap<String, String> links) {}

  /**
   * How a path was followed.
   *
   * @param place where it leads; null when nowhere
   * @param end free of links: how far it was followed, the missing component included
   */
  private record Walk(@Nullable Place place, String end) {}

  /** The regular file that a path leads to. */
  public @Nullable Place file(String path) throws IOException {
    Place place = resolve(path);
    return place != null && kind(place.path) == Kind.FILE ? place : null;
  }

  /** What an absolute path leads to; null when that does not exist. */
  public @Nullable Place resolve(String path) throws IOException {
    Optional<Place> known = places.get(path);
    if (known == null) {
      known = Optional.ofNullable(look(path));
      places.put(path, known);
    }
    return known.orElse(null);
  }

  /**
   * The first path on the way to another, free of links, that is missing or is no directory though
   * more follows; where following ended when links lead to one another without end. Null for a path
   * that leads to something.
   */
  public @Nullable String lost(String path) throws IOException {
    return resolve(path) == null ? walk(path).end : null;
  }

  /** Most paths are a name in a directory that was looked at before. */
  private @Nullable Place look(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    if (slash <= 0 || name.isEmpty() || name.equals(".") || name.equals("..")) {
      return walk(path).place;
    }
    String directory = path.substring(0, slash);
    Optional<Place> parent = places.get(directory);
    if (parent == null) {
      parent = Optional.ofNullable(walk(directory).place);
      places.put(directory, parent);
    }
    if (parent.isEmpty() || kind(parent.get().path) != Kind.DIRECTORY) {
      return null;
    }
    String within = parent.get().path;
    String here = within.equals("/") ? "/" + name : within + "/" + name;
    return switch (kind(here)) {
      case MISSING -> null;
      case LINK -> walk(path).place;
      default -> new Place(here, parent.get().links);
    };
  }

  private Walk walk(String path) throws IOException {
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
        return new Walk(null, here);
      }
      if (kind != Kind.LINK) {
        done.add(component);
        continue;
      }
      String target = tree.target(here);
      links.put(here, target);
      if (++followed > MAX_LINKS || left.size() > MAX_COMPONENTS) {
        return new Walk(null, here);
      }
      if (target.startsWith("/")) {
        done.clear();
      }
      push(left, target);
    }
    String end = "/" + String.join("/", done);
    return new Walk(new Place(end, links.isEmpty() ? NO_LINKS : links), end);
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
      known = tree.kind(path);
      kinds.put(path, known);
    }
    return known;
  }

  /** Names in a directory, sorted; none when there is no such directory. */
  public List<String> list(String path) throws IOException {
    Place place = resolve(path);
    if (place == null || kind(place.path) != Kind.DIRECTORY) {
      return List.of();
    }
    List<String> known = listings.get(place.path);
    if (known == null) {
      known = tree.list(place.path);
      listings.put(place.path, known);
    }
    return known;
  }

  /** The first bytes of a file, by its link-free path. */
  public byte[] head(String path, int length) throws IOException {
    try (var in = Files.newInputStream(content(path), LinkOption.NOFOLLOW_LINKS)) {
      return in.readNBytes(length);
    }
  }

  boolean isExecutable(String path) throws IOException {
    return tree.isExecutable(path);
  }

  /** Where the bytes of a file are, by its link-free path. */
  public Path content(String path) {
    return tree.content(path);
  }

  /** The links that every system with a merged /usr has, and every container by itself. */
  static boolean isMerged(String link) {
    return MERGED.contains(link);
  }
}
