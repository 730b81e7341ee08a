package dev.reg.store;

import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The objects directory as {@link ObjectStore} and its parts share it; also their lock. */
final class Repository {
  private final Layout layout;
  private final Disk disk;
  private final AtomicLong stagings = new AtomicLong();

  Repository(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
  }

  Layout layout() {
    return layout;
  }

  Disk disk() {
    return disk;
  }

  Staging stage() throws IOException {
    String name = Long.toString(stagings.getAndIncrement());
    return new Staging(this, layout.objectsTemporary().resolve(name));
  }

  Optional<FileStatus> statusOf(ObjectId object, int replica) throws IOException {
    return statusOf(layout.object(object, replica));
  }

  Optional<FileStatus> statusOf(Path file) throws IOException {
    try {
      return Optional.of(disk.status(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Makes the directory that an object is to be in, if it is missing. */
  void makeDirectory(Path object) throws IOException {
    Path directory = Objects.requireNonNull(object.getParent());
    if (!Files.isDirectory(directory)) {
      try {
        disk.directory(directory, 0700);
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(directory)) {
          throw e;
        }
      }
    }
  }
}
