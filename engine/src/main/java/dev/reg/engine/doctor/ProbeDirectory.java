package dev.reg.engine.doctor;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;

/**
 * A directory to try things in, gone when closed. It is among the builds, which the next engine
 * clears away if this one dies; none has a name in capitals.
 */
record ProbeDirectory(Path path) implements AutoCloseable {
  static ProbeDirectory make(Layout layout) throws IOException {
    Path path = layout.building("PROBE-" + UUID.randomUUID());
    return new ProbeDirectory(Files.createDirectory(path));
  }

  Fd open() throws SyscallException {
    return Descriptors.open(path, Open.O_RDONLY | Open.O_DIRECTORY, 0);
  }

  @Override
  public void close() throws IOException {
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
