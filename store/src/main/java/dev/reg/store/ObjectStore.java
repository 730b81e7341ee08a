package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The local repository's contents: every distinct file once, at {@code objects/<aa>/<sha256>-<octal
 * mode>-<replica>}. Safe for use by several threads.
 *
 * <p>An object's first replica is number 0. More exist where one inode does not do: a tree that has
 * a file twice needs two (equal inodes would be "the same file" to mv and tar), and an inode takes
 * only so many links (65,000 on ext4). Replicas are numbered without gaps.
 *
 * <p>Adding a template and deleting objects that no template refers to must not overlap: whoever
 * counts references, the template repository, sees to that.
 */
public final class ObjectStore {
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{64})-(0|[1-7][0-7]{0,2})-(\\d{1,9})");

  private final Repository repository;
  private final Layout layout;
  private final Disk disk;

  private ObjectStore(Repository repository) {
    this.repository = repository;
    this.layout = repository.layout();
    this.disk = repository.disk();
  }

  /**
   * Makes missing directories and throws away what a crash left half written. The caller has the
   * RootLock.
   */
  public static ObjectStore open(Layout layout) throws IOException {
    return open(layout, new KernelDisk());
  }

  static ObjectStore open(Layout layout, Disk disk) throws IOException {
    layout.create();
    keepMark(disk, layout);
    return new ObjectStore(new Repository(layout, disk));
  }

  /** Empties objects/tmp but for one directory that says what was found. */
  private static void keepMark(Disk disk, Layout layout) throws IOException {
    Path mark = layout.objectsUnsettled();
    for (Path left : Trees.children(layout.objectsTemporary())) {
      if (left.equals(mark)) {
        Trees.empty(disk, mark);
      } else if (Files.isDirectory(mark) || !Files.isDirectory(left, LinkOption.NOFOLLOW_LINKS)) {
        Trees.deleteAny(disk, left);
      } else {
        // Renamed: a full disk has no space for a new one.
        disk.move(left, mark);
        Trees.empty(disk, mark);
      }
    }
  }

  /**
   * Whether a change was cut short by a crash, so that objects may be here that nothing refers to.
   */
  public boolean isUnsettled() {
    return Files.exists(layout.objectsUnsettled());
  }

  /** Objects that nothing refers to have been looked for and deleted. */
  public void settled() throws IOException {
    if (isUnsettled()) {
      disk.delete(layout.objectsUnsettled());
    }
  }

  Disk disk() {
    return disk;
  }

  /** Starts a batch; EXHAUSTED when the disk is full already. */
  public Ingest begin() throws IOException, RegException {
    return new Ingest(repository);
  }

  public boolean contains(ObjectId object) {
    return Files.isRegularFile(path(object));
  }

  /** Where its first replica is; it need not exist. */
  public Path path(ObjectId object) {
    return layout.object(object, 0);
  }

  /** In bytes; NOT_FOUND when the object is missing. */
  public long size(ObjectId object) throws IOException, RegException {
    return repository.statusOf(object, 0).orElseThrow(() -> missing(object)).size();
  }

  Path path(ObjectId object, int replica) {
    return layout.object(object, replica);
  }

  /** lstat(2); empty when there is nothing. */
  Optional<FileStatus> statusOf(Path file) throws IOException {
    return repository.statusOf(file);
  }

  /**
   * Makes {@code target} a hard link to a replica of the object, to {@code replica} or, where that
   * can take no more links (EMLINK), to the next one that can; a missing replica is made, from the
   * first one and verified.
   *
   * @return the replica used. One tree must use each at most once: its next link to this object
   *     passes a larger number
   * @throws RegException NOT_FOUND when the object is missing, CORRUPTED when a replica cannot be
   *     made because the first one is broken
   */
  public int link(ObjectId object, int replica, Path target) throws IOException, RegException {
    for (int number = replica; ; number++) {
      if (!Files.exists(layout.object(object, number))) {
        makeReplicas(Map.of(object, number + 1));
      }
      if (disk.link(layout.object(object, number), target)) {
        return number;
      }
    }
  }

  /** Sees to it that each object has at least that many replicas, all new ones with one sync. */
  void makeReplicas(Map<ObjectId, Integer> counts) throws IOException, RegException {
    List<Replica> missing = new ArrayList<>();
    for (var entry : counts.entrySet()) {
      for (int number = 0; number < entry.getValue(); number++) {
        Replica replica = new Replica(entry.getKey(), number);
        if (!Files.exists(layout.object(replica.object(), number))) {
          missing.add(replica);
        }
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    try (Staging staging = repository.stage()) {
      for (Replica replica : missing) {
        if (replica.number() == 0) {
          throw missing(replica.object());
        }
        copy(replica.object(), replica.number(), staging);
      }
      staging.commit();
    }
  }

  private record Replica(ObjectId object, int number) {}

  private void copy(ObjectId object, int replica, Staging staging)
      throws IOException, RegException {
    try (InputStream content = Files.newInputStream(path(object))) {
      Staging.Written written = staging.write(content);
      if (!written.digest().equals(object.digest())) {
        staging.drop(written);
        throw new RegException(
            ErrorKind.CORRUPTED,
            "cannot copy "
                + path(object)
                + ": its content has become "
                + written.digest()
                + "; remove the templates that use it and add them again");
      }
      staging.stage(written, object, replica);
    }
  }

  private RegException missing(ObjectId object) {
    return new RegException(
        ErrorKind.NOT_FOUND,
        "cannot use the object " + path(object) + ": it is not in the repository");
  }

  /** How many links trees have to the object's replicas: 0 means that nothing uses it. */
  public long linkCount(ObjectId object) throws IOException {
    long links = 0;
    for (FileStatus status : replicas(object)) {
      links += status.links() - 1;
    }
    return links;
  }

  private List<FileStatus> replicas(ObjectId object) throws IOException {
    List<FileStatus> all = new ArrayList<>();
    for (int replica = 0; ; replica++) {
      Optional<FileStatus> status = repository.statusOf(object, replica);
      if (status.isEmpty()) {
        return all;
      }
      all.add(status.get());
    }
  }

  /** Reads all replicas again; one sentence for each that is not what was stored. */
  public List<String> problems(ObjectId object) throws IOException {
    List<String> problems = new ArrayList<>();
    List<FileStatus> replicas = replicas(object);
    if (replicas.isEmpty()) {
      problems.add(path(object) + " is missing");
    }
    for (int replica = 0; replica < replicas.size(); replica++) {
      Path file = layout.object(object, replica);
      for (String difference : differences(file, replicas.get(replica), object)) {
        problems.add(file + " " + difference);
      }
    }
    return problems;
  }

  /**
   * How a file, whose status is given, differs from the object it should be: the ends of sentences.
   * Reads its content.
   */
  List<String> differences(Path file, FileStatus status, ObjectId object) throws IOException {
    if (!status.isRegular()) {
      return List.of("is not a regular file");
    }
    List<String> differences = new ArrayList<>();
    if (status.permissions() != object.mode()) {
      differences.add("has mode 0%o instead of 0%o".formatted(status.permissions(), object.mode()));
    }
    FileStatus home = disk.status(layout.objects());
    if (status.uid() != home.uid() || status.gid() != home.gid()) {
      differences.add(
          "belongs to %d:%d instead of %d:%d"
              .formatted(status.uid(), status.gid(), home.uid(), home.gid()));
    }
    Digest found = Digest.of(file);
    if (!found.equals(object.digest())) {
      differences.add("has a content whose digest is " + found);
    }
    return differences;
  }

  /**
   * All objects, in no order; to be closed. Files whose names are not an object's are skipped.
   * Reading on throws UncheckedIOException when a directory cannot be read.
   */
  public Stream<ObjectId> list() throws IOException {
    return files().filter(file -> file.replica() == 0).map(Stored::object);
  }

  private record Stored(Path file, ObjectId object, int replica) {}

  private Stream<Stored> files() throws IOException {
    return Trees.children(layout.objects()).stream()
        .filter(directory -> !directory.equals(layout.objectsTemporary()))
        .flatMap(ObjectStore::filesIn);
  }

  private static Stream<Stored> filesIn(Path directory) {
    List<Path> files;
    try {
      files = Trees.children(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files.stream().flatMap(file -> stored(file).stream());
  }

  private static Optional<Stored> stored(Path file) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    if (!name.matches()) {
      return Optional.empty();
    }
    ObjectId object = new ObjectId(new Digest(name.group(1)), Integer.parseInt(name.group(2), 8));
    return Optional.of(new Stored(file, object, Integer.parseInt(name.group(3))));
  }

  /**
   * Removes an object whether or not trees link to it: who calls knows that nobody needs it. The
   * first replica goes last, so that an object whose deletion was interrupted is still listed.
   *
   * @return the bytes freed: 0 when it did not exist; replicas that trees link to do not count
   */
  public long delete(ObjectId object) throws IOException {
    long freed = 0;
    synchronized (repository) {
      List<FileStatus> replicas = replicas(object);
      for (int replica = replicas.size() - 1; replica >= 0; replica--) {
        disk.delete(layout.object(object, replica));
        freed += replicas.get(replica).links() == 1 ? replicas.get(replica).size() : 0;
      }
    }
    return freed;
  }

  /** Adds what all its replicas take on disk. */
  public void measure(ObjectId object, DiskUse use) throws IOException {
    int replicas = replicas(object).size();
    for (int replica = 0; replica < replicas; replica++) {
      use.add(layout.object(object, replica));
    }
  }

  /** Walks the repository, one stat(2) a file: not for a start's path. */
  public Usage usage() throws IOException {
    long objects = 0;
    long bytes = 0;
    try (Stream<Stored> files = files()) {
      for (Stored stored : (Iterable<Stored>) files::iterator) {
        Optional<FileStatus> status = repository.statusOf(stored.file());
        objects += stored.replica() == 0 && status.isPresent() ? 1 : 0;
        bytes += status.map(FileStatus::size).orElse(0L);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new Usage(objects, bytes);
  }
}
