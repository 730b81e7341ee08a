package dev.reg.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Whole directories. */
public final class Trees {
  private Trees() {}

  /**
   * Removes what is at this path, if anything, following no link and keeping nothing in memory,
   * whoever filled it.
   */
  public static void deleteIfExists(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      deleteAny(new KernelDisk(), path);
    }
  }

  /** Removes a directory and everything below it, following no link. */
  static void delete(Disk disk, Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            disk.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            disk.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** What is directly in a directory. */
  static List<Path> children(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(all::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return all;
  }

  /** Empties a directory of what a crash left in it. */
  static void empty(Disk disk, Path directory) throws IOException {
    for (Path child : children(directory)) {
      deleteAny(disk, child);
    }
  }

  /** Removes whatever is at this path, following no link. */
  static void deleteAny(Disk disk, Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      delete(disk, path);
    } else {
      disk.delete(path);
    }
  }
}
