package dev.reg.store;

import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Every change the store makes on disk is one call of this: tests record the calls, or let the
 * machine "die" before any one of them.
 */
interface Disk {
  /**
   * The modification time of every object, 1980-01-02T00:00:00Z. One inode has one time, whichever
   * packages it came from; and zip, which Python's and Java's tools write, cannot go before 1980 in
   * any time zone.
   */
  Instant TIME = Instant.parse("1980-01-02T00:00:00Z");

  /** A new, empty file; it must not exist. Its mode is not decided before {@link #seal}. */
  WritableByteChannel create(Path file) throws IOException;

  /** Gives a written file its exact mode, whatever the umask, and {@link #TIME}. */
  void seal(Path file, int mode) throws IOException;

  /** A new directory of exactly this mode; it must not exist. */
  void directory(Path directory, int mode) throws IOException;

  /**
   * link(2): one more name for an inode.
   *
   * @return false when the inode can take no more links (EMLINK)
   */
  boolean link(Path existing, Path link) throws IOException;

  /** symlink(2). */
  void symbolicLink(Path link, String target) throws IOException;

  /** rename(2) within one file system; replaces a file or an empty directory. */
  void move(Path from, Path to) throws IOException;

  /** A file, a link or an empty directory; it must exist. */
  void delete(Path path) throws IOException;

  /** syncfs(2): all that was written to the directory's file system survives a power cut. */
  void sync(Path directory) throws IOException;

  /** fsync(2) of a directory: the names in it survive a power cut. */
  void syncDirectory(Path directory) throws IOException;

  /** lstat(2). */
  FileStatus status(Path path) throws IOException;
}
