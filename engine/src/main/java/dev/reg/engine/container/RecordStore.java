package dev.reg.engine.container;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Failures;
import dev.reg.store.Layout;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Records on disk. A container with {@code --rm} dies with the kernel, and so does its record: it
 * is in the runtime directory. The others' are beside their uppers, and durable soon after they
 * were written ({@link Journal}).
 */
final class RecordStore {
  private static final Logger LOG = System.getLogger(RecordStore.class.getName());

  private final Layout layout;

  RecordStore(Layout layout) {
    this.layout = layout;
  }

  Path path(Spec spec) {
    return spec.remove() ? layout.runtimeRecord(spec.id()) : layout.containerRecord(spec.id());
  }

  /**
   * The first record. Written in place: one that a crash cut short is no container. EXHAUSTED when
   * the disk is full.
   */
  void create(ContainerRecord container) throws IOException, RegException {
    Path path = path(container.spec());
    try {
      Files.write(
          path,
          RecordJson.write(container),
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot make a container in " + path.getParent());
    }
  }

  /** Takes the place of the record before, in one step. */
  void replace(ContainerRecord container) throws IOException {
    Path path = path(container.spec());
    Path temporary = path.resolveSibling("." + path.getFileName() + ".new");
    try {
      Files.write(temporary, RecordJson.write(container));
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  void delete(Spec spec) throws IOException {
    Files.deleteIfExists(path(spec));
  }

  /** Makes a record and its name durable. */
  void sync(Spec spec) throws IOException {
    Path path = path(spec);
    Path directory = path.getParent();
    for (Path each : directory == null ? List.of(path) : List.of(path, directory)) {
      try (FileChannel channel = FileChannel.open(each, StandardOpenOption.READ)) {
        channel.force(true);
      } catch (NoSuchFileException e) {
        return; // removed meanwhile
      }
    }
  }

  /**
   * All records that can be read. What has none is no container: its directory is what a crash
   * left, and goes to the trash; a file that is no record is moved there too, and logged.
   *
   * @throws RegException FAILED_PRECONDITION for a later version's record: what belongs to it stays
   */
  List<ContainerRecord> load() throws IOException, RegException {
    List<ContainerRecord> records = new ArrayList<>();
    for (Path file : list(layout.runtimeRecords())) {
      String name = file.getFileName().toString();
      if (!name.endsWith(".json") || name.startsWith(".")) {
        Files.delete(file);
      } else if (!read(file, name.substring(0, name.length() - 5), records)) {
        Files.delete(file);
      }
    }
    for (Path directory : list(layout.containers())) {
      String id = directory.getFileName().toString();
      boolean known = records.stream().anyMatch(r -> r.spec().id().equals(id));
      if (!known && !read(directory.resolve("container.json"), id, records)) {
        discard(directory);
      }
    }
    return records;
  }

  private static boolean read(Path file, String id, List<ContainerRecord> records)
      throws IOException, RegException {
    try {
      ContainerRecord container = RecordJson.read(file.toString(), Files.readAllBytes(file));
      if (!container.spec().id().equals(id)) {
        LOG.log(Logger.Level.ERROR, file + " is the record of another container");
        return false;
      }
      records.add(container);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (RegException e) {
      if (e.kind() == ErrorKind.FAILED_PRECONDITION) {
        throw e;
      }
      LOG.log(Logger.Level.ERROR, e.line());
      return false;
    }
  }

  /** Moves a directory to where it is deleted from; none there is success. */
  void discard(Path directory) throws IOException {
    String name = directory.getFileName() + "-" + System.nanoTime();
    try {
      Files.move(directory, layout.trash().resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      LOG.log(Logger.Level.DEBUG, directory + " is gone already", e);
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.sorted().toList();
    }
  }
}
