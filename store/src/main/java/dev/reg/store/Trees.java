package dev.reg.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whole directories. */
public final class Trees {
  /** As many names of 255 bytes are a path that system calls still take (PATH_MAX is 4096). */
  private static final int DEPTH = 12;

  private Trees() {}

  /**
   * Removes whatever is at this path, if anything is, following no link. Whoever made it may have
   * nested directories so deep that no system call takes a path to the last: these are moved up
   * first. Nobody else may change it meanwhile.
   */
  public static void deleteIfThere(Path tree) throws IOException {
    while (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      Files.walkFileTree(
          tree, EnumSet.noneOf(FileVisitOption.class), DEPTH, new ShallowDeletion(tree));
    }
    Files.deleteIfExists(tree);
  }

  private static final class ShallowDeletion extends SimpleFileVisitor<Path> {
    private final Path tree;
    private int moved;

    ShallowDeletion(Path tree) {
      this.tree = tree;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (attributes.isDirectory()) {
        Files.move(file, free());
      } else {
        Files.delete(file);
      }
      return FileVisitResult.CONTINUE;
    }

    /** A name in the tree that nothing has. */
    private Path free() {
      Path free = tree.resolve("deep-" + moved++);
      while (Files.exists(free, LinkOption.NOFOLLOW_LINKS)) {
        free = tree.resolve("deep-" + moved++);
      }
      return free;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      if (!directory.equals(tree) || moved == 0) {
        Files.delete(directory);
      }
      return FileVisitResult.CONTINUE;
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
