package dev.reg.engine.container;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Deletes trees that a container could write: links are never followed, and neither depth (a
 * container can nest deeper than a path may be long) nor names can stop it.
 */
final class Trash {
  /** Below this, a directory is moved to the top and deleted from there: it bounds descriptors. */
  private static final int DEPTH = 32;

  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW;

  private final Path directory;
  private final AtomicLong moved = new AtomicLong();

  /** {@code directory} is where deep directories are moved, on the same filesystem. */
  Trash(Path directory) {
    this.directory = directory;
  }

  /** Deletes everything in the trash directory. */
  void empty() throws SyscallException {
    try (Fd top = Descriptors.open(directory, DIRECTORY, 0)) {
      // Deep directories turn up here while it is being emptied.
      for (boolean again = true; again; ) {
        again = false;
        for (DirectoryEntry entry : Directories.readDirectory(top)) {
          again = true;
          delete(top, top, entry.name(), entry.type() == DirectoryEntry.Type.DIRECTORY, 0);
        }
      }
    }
  }

  /** Deletes a tree anywhere on the trash directory's filesystem; none there is success. */
  void delete(Path tree) throws SyscallException {
    Path parent = tree.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("will not delete " + tree);
    }
    long before = moved.get();
    try (Fd top = Descriptors.open(directory, DIRECTORY, 0);
        Fd in = Descriptors.open(parent, DIRECTORY, 0)) {
      delete(top, in, tree.getFileName().toString(), true, 0);
    }
    if (moved.get() != before) {
      empty();
    }
  }

  private void delete(Fd top, Fd in, String name, boolean isDirectory, int depth)
      throws SyscallException {
    try {
      if (!isDirectory) {
        Directories.unlinkAt(in, name, 0);
        return;
      }
      if (depth == DEPTH) {
        Directories.renameAt(
            in, name, top, "deep-" + System.nanoTime() + "-" + moved.incrementAndGet());
        return;
      }
      try (Fd dir = Descriptors.openAt(in, name, DIRECTORY, 0)) {
        for (DirectoryEntry entry : Directories.readDirectory(dir)) {
          delete(top, dir, entry.name(), entry.type() == DirectoryEntry.Type.DIRECTORY, depth + 1);
        }
      }
      Directories.unlinkAt(in, name, Open.AT_REMOVEDIR);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }
}
