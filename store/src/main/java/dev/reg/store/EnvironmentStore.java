package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Environments on disk, one per closure: two trees of hard links to objects, {@code usr} and {@code
 * root}, and a manifest. Safe for use by several threads.
 *
 * <p>An environment is made under a temporary name, verified, synced and renamed; it is removed by
 * renaming it away first. So what has its name is whole, at any moment and after any crash.
 */
public final class EnvironmentStore {
  private final Layout layout;
  private final ObjectStore objects;
  private final Disk disk;
  private final Map<Digest, Environment> environments = new ConcurrentHashMap<>();
  private final KeyedLock<Digest> locks = new KeyedLock<>();
  private final AtomicLong names = new AtomicLong();

  private EnvironmentStore(Layout layout, ObjectStore objects) {
    this.layout = layout;
    this.objects = objects;
    this.disk = objects.disk();
  }

  /** Gives the entries of an environment that is not there yet. */
  @FunctionalInterface
  public interface TreeSource {
    Tree tree() throws IOException, RegException;
  }

  /**
   * Throws away what a crash left and reads four lines of each manifest. An environment whose
   * manifest is unreadable is not listed; {@link #make} replaces it. The caller has the RootLock.
   */
  public static EnvironmentStore open(Layout layout, ObjectStore objects) throws IOException {
    EnvironmentStore store = new EnvironmentStore(layout, objects);
    for (Path directory : Trees.children(layout.environments())) {
      if (Layout.isTemporary(directory)) {
        Trees.delete(store.disk, directory);
      } else {
        store.load(directory);
      }
    }
    return store;
  }

  private void load(Path directory) throws IOException {
    try {
      Manifest.Head head = Manifest.head(Layout.manifest(directory));
      if (directory.equals(layout.environment(head.id()))) {
        remember(head.id(), head.files(), head.bytes());
      }
    } catch (RegException e) {
      // Unreadable: as good as absent. Its digest will be asked for again and it is replaced.
    }
  }

  private Environment remember(Digest id, int files, long bytes) {
    Environment environment =
        new Environment(id, layout.environmentUsr(id), layout.environmentRoot(id), files, bytes);
    environments.put(id, environment);
    return environment;
  }

  /**
   * The environment of that name; made, verified and durable when this returns. Concurrent callers
   * with one id make it once: {@code source} is asked only by the one that makes it, and by the
   * next if that one fails.
   *
   * @throws RegException CORRUPTED when an object is missing, EXHAUSTED when the disk is full,
   *     INVALID when a path is too long below the root; nothing is left then
   */
  public Environment make(Digest id, TreeSource source) throws IOException, RegException {
    Environment known = environments.get(id);
    if (known != null) {
      return known;
    }
    try (KeyedLock.Held _ = locks.hold(id)) {
      known = environments.get(id);
      if (known != null) {
        return known;
      }
      Tree tree = source.tree();
      if (Files.exists(layout.environment(id))) {
        Path gone = layout.environmentTemporary(name(id));
        disk.move(layout.environment(id), gone);
        delete(gone);
      }
      Manifest made =
          new EnvironmentMaker(layout, objects, id, layout.environmentTemporary(name(id)))
              .make(tree);
      return remember(id, made.files(), made.bytes());
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot make an environment in " + layout.environments());
    }
  }

  private String name(Digest id) {
    return id.hex().substring(0, 12) + "-" + names.getAndIncrement();
  }

  /** From memory: costs no system call. */
  public Optional<Environment> find(Digest id) {
    return Optional.ofNullable(environments.get(id));
  }

  /** From memory, sorted by id. */
  public List<Environment> list() {
    return environments.values().stream().sorted(Comparator.comparing(Environment::id)).toList();
  }

  /**
   * Checks every path of an environment against manifest and repository, reading all contents: one
   * sentence for each that is missing, too much, not its object's inode, or of another content,
   * mode, owner or target. Empty when it is whole; NOT_FOUND without one.
   */
  public List<String> problems(Digest id) throws IOException, RegException {
    Path directory = existing(id);
    Manifest manifest;
    try {
      manifest = Manifest.read(Layout.manifest(directory));
    } catch (RegException e) {
      return List.of(e.line());
    }
    return new EnvironmentCheck(objects, directory, manifest).problems();
  }

  /**
   * What an environment was made of, with what every environment has.
   *
   * @throws RegException NOT_FOUND without it, CORRUPTED when its manifest is unreadable
   */
  public List<Entry> entries(Digest id) throws IOException, RegException {
    return Manifest.read(Layout.manifest(existing(id))).items().stream()
        .map(Manifest.Item::entry)
        .toList();
  }

  private Path existing(Digest id) throws RegException {
    if (!environments.containsKey(id)) {
      throw new RegException(
          ErrorKind.NOT_FOUND, "cannot find the environment " + layout.environment(id));
    }
    return layout.environment(id);
  }

  /**
   * False when there was none. The caller knows that no container uses it. When deleting fails
   * half-way (an I/O error), the environment is gone and the rest is deleted at the next start.
   */
  public boolean remove(Digest id) throws IOException {
    return removeUnless(id, () -> false);
  }

  /**
   * Removes an environment that nobody holds, while containers are being made: who makes one is to
   * be counted by {@code held} before it asks for the environment.
   *
   * @param held asked when nobody finds the environment any more; if it is held it is found again
   * @return false when there was none, or it is held
   */
  public boolean removeUnless(Digest id, BooleanSupplier held) throws IOException {
    try (KeyedLock.Held _ = locks.hold(id)) {
      Environment environment = environments.remove(id);
      if (environment == null) {
        return false;
      }
      if (held.getAsBoolean()) {
        environments.put(id, environment);
        return false;
      }
      Path gone = layout.environmentTemporary(name(id));
      try {
        disk.move(layout.environment(id), gone);
      } catch (IOException e) {
        environments.put(id, environment);
        throw e;
      }
      delete(gone);
      return true;
    }
  }

  /** A container that held the environment lets it go now. */
  public void released(Digest id) throws IOException {
    try {
      Files.setLastModifiedTime(layout.environment(id), FileTime.from(Instant.now()));
    } catch (NoSuchFileException e) {
      // Removed meanwhile.
    }
  }

  /** When it was made or {@link #released} last; NOT_FOUND without it. */
  public Instant lastReleased(Digest id) throws IOException, RegException {
    return Files.getLastModifiedTime(existing(id)).toInstant();
  }

  /** Adds what it takes on disk. */
  public void measure(Digest id, DiskUse use) throws IOException {
    use.add(layout.environment(id));
  }

  private void delete(Path gone) throws IOException {
    disk.syncDirectory(layout.environments());
    Trees.delete(disk, gone);
  }

  /**
   * The repository's inodes that the environment's files are; one stat(2) each. NOT_FOUND without
   * the environment, CORRUPTED when an object is missing or the manifest is unreadable.
   */
  public Set<Inode> inodes(Digest id) throws IOException, RegException {
    Set<Inode> inodes = new HashSet<>();
    for (Manifest.Item item : Manifest.read(Layout.manifest(existing(id))).items()) {
      if (item.entry() instanceof Entry.File file) {
        Path stored = objects.path(file.object(), item.replica());
        Optional<FileStatus> status = objects.statusOf(stored);
        if (status.isEmpty()) {
          throw new RegException(
              ErrorKind.CORRUPTED,
              "cannot tell the inodes of the environment "
                  + id.hex()
                  + ": "
                  + stored
                  + " is missing");
        }
        inodes.add(new Inode(status.get().device(), status.get().inode()));
      }
    }
    return inodes;
  }
}
