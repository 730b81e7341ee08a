package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The layers of an image on top of each other, by the rules of layer.md of the OCI image format
 * specification: what a whiteout names is gone from the layers below, never from its own.
 * Everything is known here by path; on disk there are only contents under numbers, so nothing can
 * lead elsewhere. {@code /bin} and the like are merged into /usr.
 */
final class LayerStack {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MOST_LINKS = 40;

  private final Path contents;
  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private int layer;
  private int files;
  private long bytes;

  /**
   * @param contents an empty directory
   */
  LayerStack(Path contents) {
    this.contents = contents;
  }

  /** What is at a path, and which layer brought it. */
  sealed interface Entry {
    int layer();

    /** {@code owned}: by somebody else than root. */
    record Directory(int layer, int mode, boolean owned) implements Entry {}

    /** {@code name} is what the layer called it, before /bin and the like were merged. */
    record File(int layer, String name, int mode, Path content) implements Entry {}

    record Link(int layer, String name, String target) implements Entry {}
  }

  NavigableMap<String, Entry> entries() {
    return Collections.unmodifiableNavigableMap(entries);
  }

  /** Puts the next layer, a tar archive, on top. */
  void apply(InputStream stream) throws IOException, RegException {
    layer++;
    // Closing it would close the stream, which is the caller's.
    @SuppressWarnings("resource")
    TarArchiveInputStream tar = new TarStream(stream);
    try {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        one(entry, tar);
      }
    } catch (IllegalArgumentException e) {
      throw new RegException(
          ErrorKind.INVALID, "cannot unpack " + layer() + ": " + Text.line(String.valueOf(e)), e);
    }
  }

  private String layer() {
    return "layer " + layer + " of the image";
  }

  private void one(TarArchiveEntry entry, TarArchiveInputStream tar)
      throws IOException, RegException {
    String name = Unpacker.path(layer(), entry.getName());
    if (name.equals("/")) {
      return;
    }
    String base = Paths.name(name);
    if (Paths.parent(name).contains("/" + WHITEOUT)) {
      throw PackageTree.refused(layer(), name, "lies below what is removed");
    }
    if (base.startsWith(WHITEOUT)) {
      whiteout(Paths.parent(name), base);
      return;
    }
    if (Paths.isMerged(name) && entry.isSymbolicLink()) {
      String target = Paths.target(name, entry.getLinkName());
      if (!target.equals("/usr" + name)) {
        throw PackageTree.refused(layer(), name, "is a link to " + Text.quote(target));
      }
      return;
    }
    String path = place(name);
    if (entry.isDirectory()) {
      boolean owned = entry.getLongUserId() != 0;
      put(path, new Entry.Directory(layer, entry.getMode() & 01777, owned));
    } else if (entry.isSymbolicLink()) {
      put(path, new Entry.Link(layer, name, target(name, path, entry.getLinkName())));
    } else if (entry.isLink()) {
      String of = place(Unpacker.path(layer(), entry.getLinkName()));
      if (!(entries.get(of) instanceof Entry.File file)) {
        throw PackageTree.refused(
            layer(), name, "is a hard link to " + Text.quote(of) + ", which is no file of it");
      }
      put(path, new Entry.File(layer, name, file.mode(), file.content()));
    } else if (Unpacker.isPlain(entry) && tar.canReadEntryData(entry)) {
      put(path, new Entry.File(layer, name, entry.getMode() & 0777, content(tar)));
    } else if (!path.startsWith("/dev/")) {
      throw PackageTree.refused(layer(), name, "is neither file, directory nor link");
    } // Every container has its own devices: images made of a whole system have them, too.
  }

  private Path content(InputStream in) throws IOException, RegException {
    Path file = contents.resolve(Integer.toString(files++));
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[65_536];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
        if (bytes > PackageTree.LARGEST) {
          throw new RegException(
              ErrorKind.EXHAUSTED,
              "cannot unpack " + layer() + ": more than " + PackageTree.LARGEST + " bytes");
        }
        out.write(buffer, 0, n);
      }
    }
    return file;
  }

  /** Relative to where the link is now, when merging has moved it. */
  private String target(String name, String path, String target) throws RegException {
    if (target.isEmpty() || target.length() > Paths.LONGEST || Text.hasControl(target)) {
      throw PackageTree.refused(layer(), name, "is a link to " + Text.quote(target));
    }
    boolean moved =
        !name.equals(path)
            && Paths.merged(name).equals(path)
            && !target.startsWith("/")
            && target.contains("..");
    return moved ? Paths.merged(Paths.target(name, target)) : target;
  }

  /** Where an entry goes: the directories above it may be links of this image. */
  private String place(String name) throws RegException {
    String merged = Paths.merged(name);
    ArrayDeque<String> rest = new ArrayDeque<>(List.of(merged.substring(1).split("/", -1)));
    StringBuilder at = new StringBuilder();
    int links = 0;
    while (rest.size() > 1) {
      String next = rest.removeFirst();
      if (next.equals("..")) {
        at.setLength(Math.max(0, at.lastIndexOf("/")));
      } else if (!next.isEmpty() && !next.equals(".")) {
        String path = Paths.merged(at + "/" + next);
        if (entries.get(path) instanceof Entry.Link link) {
          if (++links > MOST_LINKS) {
            throw PackageTree.refused(layer(), name, "lies below a loop of links");
          }
          if (link.target().startsWith("/")) {
            at.setLength(0);
          }
          List.of(link.target().split("/", -1)).reversed().forEach(rest::addFirst);
        } else {
          at.setLength(0);
          at.append(path);
        }
      }
    }
    return Paths.merged(at + "/" + rest.removeFirst());
  }

  private void whiteout(String parent, String base) throws RegException {
    if (base.equals(OPAQUE)) {
      hide(parent.equals("/") ? "" : place(parent), false);
    } else if (!base.startsWith(WHITEOUT + WHITEOUT)) {
      String name = base.substring(WHITEOUT.length());
      String path = (parent.equals("/") ? "" : parent) + "/" + name;
      String reason = Paths.problem(path);
      if (reason != null) {
        throw PackageTree.refused(layer(), parent + "/" + base, "removes what " + reason);
      }
      hide(place(path), true);
    }
  }

  /** Removes what lower layers have at a path and below it. */
  private void hide(String path, boolean itself) {
    Set<String> inhabited = new HashSet<>();
    Iterator<Map.Entry<String, Entry>> below =
        entries.subMap(path + "/", true, path + "0", false).descendingMap().entrySet().iterator();
    while (below.hasNext()) {
      Map.Entry<String, Entry> each = below.next();
      if (each.getValue().layer() < layer && !inhabited.contains(each.getKey())) {
        below.remove();
      } else {
        inhabited.add(Paths.parent(each.getKey()));
      }
    }
    Entry old = entries.get(path);
    if (itself && old != null && old.layer() < layer && !inhabited.contains(path)) {
      entries.remove(path);
    }
  }

  private void put(String path, Entry entry) throws RegException {
    String reason = Paths.problem(path);
    if (reason != null) {
      throw PackageTree.refused(layer(), path, reason);
    }
    Deque<String> missing = new ArrayDeque<>();
    for (String up = Paths.parent(path); !up.equals("/"); up = Paths.parent(up)) {
      Entry above = entries.get(up);
      if (above == null) {
        missing.add(up);
      } else if (!(above instanceof Entry.Directory)) {
        throw PackageTree.refused(layer(), path, "lies below " + Text.quote(up) + ", a file");
      }
    }
    // Not before all is known to be right: what is refused leaves nothing.
    missing.forEach(up -> entries.put(up, new Entry.Directory(layer, 0755, false)));
    Entry old = entries.get(path);
    boolean again = old != null && old.layer() == layer;
    if (old instanceof Entry.Directory && entry instanceof Entry.Directory) {
      entries.put(path, entry);
      return;
    }
    if (again && !isMergedTwin(old, entry, path)) {
      throw PackageTree.refused(layer(), path, "is there twice");
    }
    if (old instanceof Entry.Directory) {
      hide(path, false);
      String next = entries.higherKey(path + "/");
      if (next != null && next.startsWith(path + "/")) {
        throw PackageTree.refused(layer(), path, "is there as a directory, too");
      }
    }
    if (again && leadsTo(entry, path)) {
      return;
    }
    entries.put(path, entry);
    if (entries.size() > PackageTree.MOST) {
      throw new RegException(
          ErrorKind.EXHAUSTED,
          "cannot unpack " + layer() + ": more than " + PackageTree.MOST + " entries");
    }
  }

  /** One of two that merging put at one place leads to the other. */
  private static boolean isMergedTwin(@Nullable Entry old, Entry entry, String path) {
    return old != null
        && !name(old).equals(name(entry))
        && (leadsTo(old, path) || leadsTo(entry, path));
  }

  private static String name(Entry entry) {
    return switch (entry) {
      case Entry.File file -> file.name();
      case Entry.Link link -> link.name();
      case Entry.Directory directory -> "";
    };
  }

  private static boolean leadsTo(Entry entry, String path) {
    return entry instanceof Entry.Link link
        && Paths.merged(Paths.target(link.name(), link.target())).equals(path);
  }

  /** The content of a file, links followed; null when there is none at the end. */
  @Nullable Path content(String path) {
    String at = path;
    for (int i = 0; i < MOST_LINKS; i++) {
      switch (entries.get(at)) {
        case Entry.File file -> {
          return file.content();
        }
        case Entry.Link link -> at = Paths.merged(Paths.target(at, link.target()));
        case null, default -> {
          return null;
        }
      }
    }
    return null;
  }

  /** The paths that begin so. */
  Map<String, Entry> below(String prefix) {
    return Collections.unmodifiableMap(entries.subMap(prefix, prefix + Character.MAX_VALUE));
  }
}
