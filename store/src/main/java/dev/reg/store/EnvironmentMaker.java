package dev.reg.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Makes one environment in a temporary directory, verifies it and gives it its name. */
final class EnvironmentMaker {
  /** Of an {@link Entry.Text}. */
  static final int TEXT_MODE = 0644;

  private final Layout layout;
  private final ObjectStore objects;
  private final Disk disk;
  private final Digest id;
  private final Path directory;

  EnvironmentMaker(Layout layout, ObjectStore objects, Digest id, Path directory) {
    this.layout = layout;
    this.objects = objects;
    this.disk = objects.disk();
    this.id = id;
    this.directory = directory;
  }

  /**
   * On failure nothing is left. The caller has the lock of this id and has seen that the
   * environment does not exist.
   */
  Manifest make(Tree tree) throws IOException, RegException {
    SortedMap<String, Entry> entries = tree.complete();
    checkLengths(entries.values());
    reserve(tree);
    try {
      disk.directory(directory, 0700);
      Manifest manifest = fill(entries);
      verify(manifest);
      write(manifest);
      disk.sync(directory);
      disk.move(directory, layout.environment(id));
      disk.syncDirectory(layout.environments());
      return manifest;
    } catch (IOException | RegException | RuntimeException e) {
      discard(e);
      throw e;
    }
  }

  private void discard(Exception failure) {
    if (Files.isDirectory(directory)) {
      try {
        Trees.delete(disk, directory);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** A path that is legal in the container can be too long below the environment's directory. */
  private void checkLengths(Iterable<Entry> entries) throws RegException {
    int prefix = utf8Length(directory + "/root");
    for (Entry entry : entries) {
      int length = prefix + utf8Length(entry.path());
      if (length > Names.PATH_BYTES) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot make "
                + Text.quote(entry.path())
                + " in an environment: below "
                + layout.environments()
                + " its path would have "
                + length
                + " bytes, the kernel takes "
                + Names.PATH_BYTES);
      }
    }
  }

  private static int utf8Length(String text) {
    return text.getBytes(UTF_8).length;
  }

  /** All objects must be there, those that occur several times with as many replicas. */
  private void reserve(Tree tree) throws IOException, RegException {
    Map<ObjectId, Integer> counts = new HashMap<>();
    for (Entry entry : tree.entries()) {
      if (entry instanceof Entry.File file && counts.merge(file.object(), 1, Integer::sum) == 1) {
        if (!objects.contains(file.object())) {
          throw new RegException(
              ErrorKind.CORRUPTED,
              "cannot make "
                  + Text.quote(file.path())
                  + " in an environment: the object "
                  + objects.path(file.object())
                  + " is missing; remove the template that has this file and add it again");
        }
      }
    }
    counts.values().removeIf(count -> count == 1);
    objects.makeReplicas(counts);
  }

  private Manifest fill(SortedMap<String, Entry> entries) throws IOException, RegException {
    List<Manifest.Item> items = new ArrayList<>(entries.size());
    Map<ObjectId, Integer> next = new HashMap<>();
    int files = 0;
    long bytes = 0;
    disk.directory(Layout.root(directory), Skeleton.DIRECTORY_MODE);
    for (Entry entry : entries.values()) {
      Manifest.Item item = make(entry, next);
      items.add(item);
      if (entry instanceof Entry.File) {
        files++;
        bytes += item.size();
      }
    }
    return new Manifest(id, files, bytes, items);
  }

  private Manifest.Item make(Entry entry, Map<ObjectId, Integer> next)
      throws IOException, RegException {
    try {
      Path path = locate(directory, entry.path());
      switch (entry) {
        case Entry.Directory made -> disk.directory(path, made.mode());
        case Entry.Link made -> disk.symbolicLink(path, made.target());
        case Entry.Text made -> write(path, made.content().getBytes(UTF_8), TEXT_MODE);
        case Entry.File made -> {
          ObjectId object = made.object();
          int replica = objects.link(object, next.getOrDefault(object, 0), path);
          next.put(object, replica + 1);
          return new Manifest.Item(entry, replica, disk.status(path).size());
        }
      }
      if (entry.path().equals("/usr")) {
        disk.directory(Layout.root(directory).resolve("usr"), Skeleton.DIRECTORY_MODE);
      }
      return Manifest.Item.of(entry);
    } catch (InvalidPathException e) {
      throw Failures.inexpressible(entry.path(), e);
    }
  }

  /** Where a container's path is: what is at or below /usr in one tree, the rest in the other. */
  static Path locate(Path environment, String path) {
    boolean usr = path.equals("/usr") || path.startsWith("/usr/");
    Path tree = usr ? environment : Layout.root(environment);
    return tree.resolve(path.substring(1));
  }

  /** The condition of the state Generated: everything is there, and is what it should be. */
  private void verify(Manifest manifest) throws IOException, RegException {
    for (Manifest.Item item : manifest.items()) {
      Path path = locate(directory, item.entry().path());
      FileStatus found = disk.status(path);
      boolean right =
          switch (item.entry()) {
            case Entry.Directory made -> found.isDirectory() && found.permissions() == made.mode();
            case Entry.Link made -> found.isSymbolicLink();
            case Entry.Text made -> found.isRegular() && found.permissions() == TEXT_MODE;
            case Entry.File made ->
                found.isRegular()
                    && found.permissions() == made.object().mode()
                    && objects
                        .statusOf(objects.path(made.object(), item.replica()))
                        .filter(object -> sameFile(object, found))
                        .isPresent();
          };
      if (!right) {
        throw new RegException(
            ErrorKind.CORRUPTED,
            "cannot make "
                + Text.quote(item.entry().path())
                + " in an environment: what is on disk at "
                + path
                + " is not what was put there");
      }
    }
  }

  static boolean sameFile(FileStatus one, FileStatus other) {
    return one.device() == other.device()
        && one.inode() == other.inode()
        && one.size() == other.size();
  }

  private void write(Manifest manifest) throws IOException {
    write(Layout.manifest(directory), manifest.toBytes(), 0600);
  }

  private void write(Path file, byte[] content, int mode) throws IOException {
    try (WritableByteChannel out = disk.create(file)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
    disk.seal(file, mode);
  }
}
