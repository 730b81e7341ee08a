package dev.reg.engine.building;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a build, or a container of one, may have on disk in all its directories: the kernel bounds
 * one file of a process, not how many there are. They are looked at while the build works, so it
 * may have more for some seconds.
 */
public final class OutputBounds {
  /** More than any image may have, unpacked and once more as the template's files. */
  public static final long MOST_BYTES = 20L << 30;

  private static final long MOST_FILES = 2_000_000;

  /** Directories in each other: each level takes a descriptor while it is looked at. */
  private static final int DEEPEST = 128;

  private static final long OFTEN_NANOS = 2_000_000_000L;

  /** Looking takes at most this part of the time. */
  private static final int RARELY = 20;

  private final List<Path> directories;
  private final long mostBytes;
  private final long mostFiles;
  private long next = System.nanoTime() + OFTEN_NANOS;

  OutputBounds(List<Path> directories) {
    this(directories, MOST_BYTES, MOST_FILES);
  }

  public OutputBounds(List<Path> directories, long mostBytes, long mostFiles) {
    this.directories = List.copyOf(directories);
    this.mostBytes = mostBytes;
    this.mostFiles = mostFiles;
  }

  /**
   * What there is too much of, as the end of a sentence, when it is time to look again; null
   * otherwise, and for nothing.
   */
  public synchronized @Nullable String excessNow() {
    long begin = System.nanoTime();
    if (begin - next < 0) {
      return null;
    }
    String excess = excess();
    long end = System.nanoTime();
    next = end + Math.max(OFTEN_NANOS, RARELY * (end - begin));
    return excess;
  }

  /** What there is too much of, as the end of a sentence; null for nothing. */
  @Nullable String excess() {
    Count count = new Count();
    for (Path directory : directories) {
      try {
        Files.walkFileTree(directory, EnumSet.noneOf(FileVisitOption.class), DEEPEST, count);
      } catch (IOException e) {
        // A directory that went while it was being read: the next look sees what there is then.
      }
    }
    return count.excess;
  }

  private final class Count extends SimpleFileVisitor<Path> {
    private long bytes;
    private long files;
    private @Nullable String excess;

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      return counted(0);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isDirectory()) {
        excess = "nested directories more than " + DEEPEST + " deep";
        return FileVisitResult.TERMINATE;
      }
      return counted(attributes.isRegularFile() ? share(file, attributes.size()) : 0);
    }

    /** A file counts once, however many links it has. */
    private long share(Path file, long size) {
      try {
        return size / (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
      } catch (IOException e) {
        return 0; // it is gone
      }
    }

    private FileVisitResult counted(long size) {
      bytes += size;
      files++;
      if (bytes > mostBytes) {
        excess = "wrote more than " + mostBytes + " bytes";
      } else if (files > mostFiles) {
        excess = "made more than " + mostFiles + " files";
      }
      return excess == null ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
      return FileVisitResult.CONTINUE;
    }
  }
}
