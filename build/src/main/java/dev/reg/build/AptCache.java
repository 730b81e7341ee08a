package dev.reg.build;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.store.Trees;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What builds keep for the next one: package lists, and the packages they downloaded. All of it can
 * be downloaded again. Half of it belongs to the process that runs apt, and may be hostile: it is
 * deleted without being looked at.
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
        if (!entry.equals(root.resolve(AptSetting.LOCK))) {
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
          Files.getLastModifiedTime(root.resolve(AptSetting.CONFIGURATION)).toInstant());
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
    Optional<Fd> lock = lock(root);
    if (lock.isEmpty()) {
      return false;
    }
    try {
      for (Path entry : contents()) {
        Trees.deleteIfThere(entry);
      }
      return true;
    } finally {
      lock.get().close();
    }
  }

  /** The lock of the one who uses it, flock(2), held until it is closed; empty when it is taken. */
  static Optional<Fd> lock(Path root) throws IOException {
    Fd file =
        Descriptors.open(
            root.resolve(AptSetting.LOCK), Open.O_RDWR | Open.O_CREAT | Open.O_NOFOLLOW, 0600);
    boolean taken = false;
    try {
      taken = Descriptors.tryLock(file);
    } finally {
      if (!taken) {
        file.close();
      }
    }
    return taken ? Optional.of(file) : Optional.empty();
  }
}
