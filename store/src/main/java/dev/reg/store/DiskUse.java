package dev.reg.store;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How much space on disk files take, in bytes of blocks: an inode counts once, and is only free
 * when all of its links are gone. For one thread.
 */
public final class DiskUse {
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW;

  /** Bounds descriptors: what a container nested deeper is not counted. */
  private static final int DEPTH = 64;

  private final Map<Inode, Long> seen = new HashMap<>();
  private long total;
  private long freed;

  /** Of all inodes that were added. */
  public long total() {
    return total;
  }

  /** Of those inodes that have no link but what was added. */
  public long freed() {
    return freed;
  }

  /** A directory with all that is below it, or a file; nothing there counts nothing. */
  public void add(Path path) throws SyscallException {
    Optional<FileStatus> status = status(path);
    if (status.isEmpty()) {
      return;
    }
    count(status.get());
    if (status.get().isDirectory()) {
      try (Fd directory = Descriptors.open(path, DIRECTORY, 0)) {
        addBelow(directory, 1);
      } catch (SyscallException e) {
        unlessGone(e);
      }
    }
  }

  private static Optional<FileStatus> status(Path path) throws SyscallException {
    try {
      return Optional.of(Descriptors.status(path));
    } catch (SyscallException e) {
      unlessGone(e);
      return Optional.empty();
    }
  }

  /** Links are not followed, whoever made them. */
  private void addBelow(Fd directory, int depth) throws SyscallException {
    for (DirectoryEntry entry : Directories.readDirectory(directory)) {
      try {
        FileStatus status = Descriptors.statusAt(directory, entry.name());
        count(status);
        if (status.isDirectory() && depth < DEPTH) {
          try (Fd below = Descriptors.openAt(directory, entry.name(), DIRECTORY, 0)) {
            addBelow(below, depth + 1);
          }
        }
      } catch (SyscallException e) {
        unlessGone(e);
      }
    }
  }

  private void count(FileStatus status) {
    Inode inode = new Inode(status.device(), status.inode());
    long links = seen.merge(inode, 1L, Long::sum);
    total += links == 1 ? status.allocated() : 0;
    // A directory's links are its subdirectories' and its own.
    if (status.isDirectory() ? links == 1 : links == status.links()) {
      freed += status.allocated();
    }
  }

  private static void unlessGone(SyscallException e) throws SyscallException {
    if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
      throw e;
    }
  }
}
