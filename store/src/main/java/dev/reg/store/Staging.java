package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files on their way into the repository, in a directory of their own below objects/tmp.
 *
 * <p>The order is what makes it crash-safe: contents are written, sealed and synced under temporary
 * names, one syncfs for all; only then does each get its name, and a second syncfs makes the names
 * durable. A crash before that leaves garbage in objects/tmp and, at worst, whole objects that
 * nothing refers to.
 */
final class Staging implements AutoCloseable {
  private static final int BUFFER = 65_536;

  private final Repository repository;
  private final Path directory;
  private final AtomicLong names = new AtomicLong();
  private final ConcurrentMap<Path, Path> staged = new ConcurrentHashMap<>();

  Staging(Repository repository, Path directory) throws IOException {
    this.repository = repository;
    this.directory = directory;
    repository.disk().directory(directory, 0700);
  }

  /** A content written under a temporary name. */
  record Written(Path file, Digest digest) {}

  /** Writes all of {@code content}, hashing on the way; memory is one 64 KiB buffer. */
  Written write(InputStream content) throws IOException {
    Path file = directory.resolve(Long.toString(names.getAndIncrement()));
    MessageDigest hash = Digest.sha256OfContents();
    byte[] buffer = new byte[BUFFER];
    try (WritableByteChannel out = repository.disk().create(file)) {
      for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
        hash.update(buffer, 0, n);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
    } catch (IOException e) {
      discard(file, e);
      throw e;
    }
    return new Written(file, Digest.finish(hash));
  }

  /** Names what the file is to become; a file for an object that the batch has is dropped. */
  void stage(Written written, ObjectId object, int replica) throws IOException {
    repository.disk().seal(written.file(), object.mode());
    Path place = repository.layout().object(object, replica);
    if (staged.putIfAbsent(place, written.file()) != null) {
      repository.disk().delete(written.file());
    }
  }

  boolean has(ObjectId object) {
    return staged.containsKey(repository.layout().object(object, 0));
  }

  Path file(ObjectId object) {
    Path place = repository.layout().object(object, 0);
    return staged.getOrDefault(place, place);
  }

  void drop(Written written) throws IOException {
    repository.disk().delete(written.file());
  }

  private void discard(Path file, IOException failure) {
    try {
      repository.disk().delete(file);
    } catch (NoSuchFileException e) {
      // It was the creation that failed.
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Makes everything staged durable and visible. */
  void commit() throws IOException, RegException {
    if (staged.isEmpty()) {
      return;
    }
    Disk disk = repository.disk();
    disk.sync(directory);
    for (var entry : staged.entrySet()) {
      place(entry.getValue(), entry.getKey());
    }
    disk.sync(directory);
    staged.clear();
  }

  /**
   * Gives a file its name unless the object exists: then the older inode stays, since trees link to
   * it. Only one thread at a time looks and renames, since rename(2) would replace.
   */
  private void place(Path file, Path place) throws IOException, RegException {
    Disk disk = repository.disk();
    long size = disk.status(file).size();
    synchronized (repository) {
      var existing = repository.statusOf(place);
      if (existing.isEmpty()) {
        repository.makeDirectory(place);
        disk.move(file, place);
        return;
      }
      if (!existing.get().isRegular() || existing.get().size() != size) {
        throw new RegException(
            ErrorKind.CORRUPTED,
            "cannot store "
                + place
                + ": a file of that name has "
                + existing.get().size()
                + " bytes instead of "
                + size
                + "; remove the templates that use it and add them again");
      }
    }
    disk.delete(file);
  }

  /** Removes what has not become an object. */
  @Override
  public void close() throws IOException {
    Trees.delete(repository.disk(), directory);
  }
}
