package dev.reg.build;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What builds keep for the next one: package lists, and the packages they downloaded. All of it can
 * be downloaded again.
 */
public final class AptCache {
  private final Path root;

  public AptCache(Path root) {
    this.root = root;
  }

  /** Everything in it but its lock; empty when there is nothing that could be deleted. */
  public List<Path> contents() throws IOException {
    List<Path> contents = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        if (!entry.equals(root.resolve(AptDirectory.LOCK))) {
          contents.add(entry);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return contents;
  }

  /** When the last build began; empty when that is not known. */
  public Optional<Instant> lastUsed() throws IOException {
    try {
      return Optional.of(
          Files.getLastModifiedTime(root.resolve(AptDirectory.CONFIGURATION)).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Deletes everything in it.
   *
   * @return false, and nothing was deleted, when a build is using it
   */
  public boolean clear() throws IOException {
    // A process's locks on a file go with the first of its descriptors that is closed (fcntl(2)).
    synchronized (AptCache.class) {
      try (FileChannel channel =
              FileChannel.open(
                  root.resolve(AptDirectory.LOCK),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock()) {
        if (lock == null) {
          return false;
        }
        for (Path entry : contents()) {
          Builder.delete(entry);
        }
        return true;
      } catch (OverlappingFileLockException e) {
        return false;
      }
    }
  }
}
