package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The checked entries of an environment: whoever makes them, below whatever directory, stays below
 * it and meets no conflict.
 *
 * <p>Every environment has a skeleton (/etc, /usr/bin, /var/lib and so on, and the links of a
 * merged /usr). A path below one of its links is stored where the link leads: {@code /bin/python}
 * is {@code /usr/bin/python}. What an entry says again of the skeleton is dropped.
 */
public final class Tree {
  private static final int PROBLEMS_SHOWN = 5;
  private static final int DIRECTORY_MODES = 01777;

  private static final int MOST_TEXT = 1 << 20;

  /** What the container mounts over. */
  private static final List<String> MOUNTED = List.of("/proc", "/sys", "/dev");

  private final List<Entry> entries;

  private Tree(Collection<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Checks that all paths are absolute, normalized, within the kernel's limits and free of control
   * characters; that none is given twice, or is below a file or a link, or contradicts the
   * skeleton, or is hidden by a mount (/proc, /sys, /dev); and that no link leads out of the root.
   * Two spellings of one path ({@code /lib/x}, {@code /usr/lib/x}) and two mentions of a directory
   * are one entry if they say the same.
   *
   * @throws RegException INVALID with all problems, the first five by name
   */
  public static Tree of(Collection<Entry> entries) throws RegException {
    Check check = new Check();
    for (Entry entry : entries) {
      check.add(entry);
    }
    return new Tree(check.finish());
  }

  /** Sorted by path; a parent comes before what is below it. Nothing of the skeleton. */
  public List<Entry> entries() {
    return entries;
  }

  /** The tree with the skeleton and every directory that leads to something, by path. */
  public SortedMap<String, Entry> complete() {
    SortedMap<String, Entry> all = new TreeMap<>(Skeleton.ENTRIES);
    for (Entry entry : entries) {
      all.put(entry.path(), entry);
      String above = parent(entry.path());
      while (!above.isEmpty()
          && all.putIfAbsent(above, new Entry.Directory(above, Skeleton.DIRECTORY_MODE)) == null) {
        above = parent(above);
      }
    }
    return all;
  }

  /** Over all entries: equal trees, equal digest. */
  public Digest digest() {
    MessageDigest hash = Digest.sha256();
    for (Entry entry : entries) {
      String line =
          switch (entry) {
            case Entry.File file -> "f\t" + file.object() + "\t" + file.path() + "\n";
            case Entry.Link link -> "l\t" + link.target() + "\t" + link.path() + "\n";
            case Entry.Directory directory ->
                "d\t" + Integer.toOctalString(directory.mode()) + "\t" + directory.path() + "\n";
            case Entry.Text text -> "t\t" + digest(text) + "\t" + text.path() + "\n";
          };
      hash.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return Digest.finish(hash);
  }

  private static Digest digest(Entry.Text text) {
    return Digest.of(text.content().getBytes(StandardCharsets.UTF_8));
  }

  /** The path's parent; empty for a path directly below the root. */
  static String parent(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  private static final class Check {
    private final Map<String, Entry> entries = new TreeMap<>();
    private final Map<String, String> spellings = new HashMap<>();
    private final List<String> problems = new ArrayList<>();

    void add(Entry given) {
      String fault = Names.pathFault(given.path());
      if (fault != null) {
        problem(given.path(), fault);
        return;
      }
      Entry entry = moved(given, Skeleton.follow(given.path()));
      fault = contentFault(entry);
      if (fault != null) {
        problem(given.path(), fault);
      } else if (Skeleton.ENTRIES.containsKey(entry.path())) {
        addToSkeleton(entry);
      } else {
        put(given.path(), entry);
      }
    }

    private void addToSkeleton(Entry entry) {
      String destination = Skeleton.destination(entry.path());
      boolean same =
          switch (entry) {
            case Entry.Directory directory -> isUsual(directory);
            case Entry.File file -> false;
            case Entry.Text text -> false;
            case Entry.Link link ->
                destination != null
                    && (link.target().equals(destination)
                        || link.equals(Skeleton.ENTRIES.get(link.path())));
          };
      if (!same) {
        problem(
            entry.path(),
            destination == null
                ? (entry instanceof Entry.Directory
                    ? "must keep its mode: every environment has it"
                    : "must stay a directory: every environment has it")
                : "must stay a link to " + destination + ": every environment has it");
      }
    }

    /** A mode of its own would not be heeded, as the container has this directory anyway. */
    private static boolean isUsual(Entry.Directory directory) {
      return directory.mode() == Skeleton.DIRECTORY_MODE
          || MOUNTED.contains(directory.path())
          || directory.equals(Skeleton.ENTRIES.get(directory.path()));
    }

    private void put(String spelling, Entry entry) {
      Entry other = entries.putIfAbsent(entry.path(), entry);
      String otherSpelling = spellings.putIfAbsent(entry.path(), spelling);
      if (other == null) {
        return;
      }
      boolean twoSpellings = !spelling.equals(otherSpelling);
      if (!other.equals(entry) || !(twoSpellings || entry instanceof Entry.Directory)) {
        problem(spelling, twoSpellings ? "is also given as " + otherSpelling : "is given twice");
      }
    }

    private static Entry moved(Entry entry, String path) {
      if (path.equals(entry.path())) {
        return entry;
      }
      return switch (entry) {
        case Entry.File file -> new Entry.File(path, file.object());
        case Entry.Link link -> new Entry.Link(path, link.target());
        case Entry.Directory directory -> new Entry.Directory(path, directory.mode());
        case Entry.Text text -> new Entry.Text(path, text.content());
      };
    }

    private static @Nullable String contentFault(Entry entry) {
      String path = entry.path();
      String lengthened = Names.pathFault(path);
      if (lengthened != null) {
        return lengthened;
      }
      for (String hidden : MOUNTED) {
        if (path.startsWith(hidden + "/")) {
          return "would be hidden by the container's own " + hidden;
        }
      }
      return switch (entry) {
        case Entry.File file -> null;
        case Entry.Text text -> text.content().length() <= MOST_TEXT ? null : "has too long a text";
        case Entry.Directory directory ->
            (directory.mode() & ~DIRECTORY_MODES) == 0
                ? null
                : "has mode 0" + Integer.toOctalString(directory.mode()) + ", the highest is 01777";
        case Entry.Link link -> {
          String fault = Names.targetFault(path, link.target());
          yield fault == null
              ? null
              : "is a link whose target " + Text.quote(link.target()) + " " + fault;
        }
      };
    }

    Collection<Entry> finish() throws RegException {
      for (String path : entries.keySet()) {
        for (String above = parent(path); !above.isEmpty(); above = parent(above)) {
          Entry entry = entries.get(above);
          if (entry != null && !(entry instanceof Entry.Directory)) {
            String kind = entry instanceof Entry.Link ? "a link" : "a file";
            problem(path, "is below " + Text.quote(above) + ", which is " + kind);
            break;
          }
        }
      }
      if (problems.isEmpty()) {
        return entries.values();
      }
      int shown = Math.min(problems.size(), PROBLEMS_SHOWN);
      String more =
          shown < problems.size() ? "; and " + (problems.size() - shown) + " more problems" : "";
      throw new RegException(
          ErrorKind.INVALID,
          "cannot make a tree of these paths: "
              + String.join("; ", problems.subList(0, shown))
              + more);
    }

    private void problem(String path, String fault) {
      problems.add(Text.quote(path) + " " + fault);
    }
  }
}
