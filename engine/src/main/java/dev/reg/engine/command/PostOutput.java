package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
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

/**
 * What a post step left, looked at as a whole before any of it is copied: files and directories,
 * and not too many. A file counts with the size that it says and for each of its names: the copy
 * has no holes, and shares nothing. Nobody changes it any more.
 */
final class PostOutput {
  /** Bytes: more than the largest template has. */
  static final long MOST_BYTES = 2L << 30;

  static final int MOST_FILES = 100_000;

  /** Directories in each other: each level takes a descriptor while they are looked at. */
  private static final int DEEPEST = 64;

  private final Path from;
  private final List<Path> directories = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();

  private PostOutput(Path from) {
    this.from = from;
  }

  /**
   * Looks at it.
   *
   * @param output a directory, relative to {@code upper}; no link is followed on the way to it
   * @throws RegException INVALID for anything else than it may be
   */
  static PostOutput of(Path upper, String output, long mostBytes, int mostFiles)
      throws IOException, RegException {
    Path from = upper;
    for (Path component : Path.of(output)) {
      from = from.resolve(component);
      if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
        throw new RegException(ErrorKind.INVALID, "it left no directory /" + output);
      }
    }
    PostOutput found = new PostOutput(from);
    Look look = found.new Look(mostBytes, mostFiles);
    Files.walkFileTree(from, EnumSet.noneOf(FileVisitOption.class), DEEPEST, look);
    if (look.fault != null) {
      throw new RegException(ErrorKind.INVALID, look.fault);
    }
    return found;
  }

  /** Copies it to where nothing is yet. */
  void copy(Path to) throws IOException {
    for (Path directory : directories) {
      Files.createDirectories(to.resolve(from.relativize(directory)));
    }
    for (Path file : files) {
      Files.copy(file, to.resolve(from.relativize(file)), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private final class Look extends SimpleFileVisitor<Path> {
    private final long mostBytes;
    private final int mostFiles;
    private long bytes;
    private @Nullable String fault;

    Look(long mostBytes, int mostFiles) {
      this.mostBytes = mostBytes;
      this.mostFiles = mostFiles;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      directories.add(directory);
      return counted(0);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isDirectory()) {
        fault = "it left directories more than " + DEEPEST + " deep";
      } else if (!attributes.isRegularFile()) {
        fault = "it left what is neither file nor directory: " + shown(file);
      }
      files.add(file);
      return fault == null ? counted(attributes.size()) : FileVisitResult.TERMINATE;
    }

    private String shown(Path path) {
      return ("/" + from.relativize(path)).replaceAll("\\p{Cntrl}+", " ");
    }

    private FileVisitResult counted(long size) {
      bytes += size;
      if (bytes > mostBytes) {
        fault = "it left more than " + mostBytes + " bytes";
      } else if (directories.size() + files.size() > mostFiles) {
        fault = "it left more than " + mostFiles + " files";
      }
      return fault == null ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }
  }
}
