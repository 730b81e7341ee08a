package dev.reg.engine.container;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * What a container changed of its root: its upper directory against the lower ones
 * (Documentation/filesystems/overlayfs.rst: a character device hides what is below it, an opaque
 * directory all that was in it). The upper may change while it is read, and no link in it is
 * followed.
 */
final class Changes {
  /** What became of a path. */
  enum Kind {
    ADDED('A'),
    CHANGED('C'),
    DELETED('D');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }
  }

  /**
   * One path.
   *
   * @param path absolute, as the container sees it
   */
  record Change(Kind kind, String path) {
    /** As {@code docker diff} prints it. */
    @Override
    public String toString() {
      return kind.letter + " " + path;
    }
  }

  /** Deeper than any path that can be opened by name. */
  private static final int DEEPEST = 2048;

  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW;
  private static final int PLACE = Open.O_PATH | Open.O_NOFOLLOW;
  private static final String OPAQUE = "trusted.overlay.opaque";

  private final List<Fd> lowers;
  private final BiPredicate<String, Fd> ours;
  private final List<Change> found = new ArrayList<>();

  /**
   * @param ours tells of a file in the upper's /etc, or a directory anywhere, by its path, whether
   *     it was put there before the container ran and is unchanged
   */
  private Changes(List<Fd> lowers, BiPredicate<String, Fd> ours) {
    this.lowers = lowers;
    this.ours = ours;
  }

  /**
   * By path, parents first.
   *
   * @param lowers the topmost first
   */
  static List<Change> of(Fd upper, List<Fd> lowers, BiPredicate<String, Fd> ours)
      throws IOException {
    Changes changes = new Changes(lowers, ours);
    changes.walk(upper, "", 0);
    changes.found.sort(Comparator.comparing(Change::path));
    return List.copyOf(changes.found);
  }

  private void walk(Fd directory, String path, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException("directories in the container are nested deeper than " + DEEPEST);
    }
    boolean opaque = depth > 0 && Descriptors.attribute(directory, OPAQUE).equals("y");
    Set<String> names = new HashSet<>();
    for (DirectoryEntry entry : Directories.readDirectory(directory)) {
      names.add(entry.name());
      visit(directory, entry.name(), path + "/" + entry.name(), depth);
    }
    if (opaque) {
      for (String hidden : below(path)) {
        if (!names.contains(hidden)) {
          found.add(new Change(Kind.DELETED, path + "/" + hidden));
        }
      }
    }
  }

  private void visit(Fd directory, String name, String path, int depth) throws IOException {
    try (Fd place = Descriptors.openAt(directory, name, PLACE, 0)) {
      FileStatus status = Descriptors.status(place);
      Optional<FileStatus> before = below(path, lowers);
      if (status.isCharacterDevice()) {
        before.ifPresent(b -> found.add(new Change(Kind.DELETED, path)));
      } else if (!status.isDirectory()) {
        if (!isOurs(directory, name, path, status)) {
          found.add(new Change(before.isPresent() ? Kind.CHANGED : Kind.ADDED, path));
        }
      } else {
        visitDirectory(directory, name, path, status, before, depth);
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ELOOP && e.errno() != Errno.ENOTDIR) {
        throw e;
      }
      // The container has just removed or replaced it.
    }
  }

  private boolean isOurs(Fd directory, String name, String path, FileStatus status)
      throws SyscallException {
    if (!status.isRegular() || !path.startsWith("/etc/")) {
      return false;
    }
    try (Fd file =
        Descriptors.openAt(directory, name, Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NONBLOCK, 0)) {
      return ours.test(path, file);
    }
  }

  /** One that was there is only told of when it is not the same any more, or something in it is. */
  private void visitDirectory(
      Fd parent,
      String name,
      String path,
      FileStatus status,
      Optional<FileStatus> before,
      int depth)
      throws IOException {
    int known = found.size();
    boolean isOurs;
    try (Fd directory = Descriptors.openAt(parent, name, DIRECTORY, 0)) {
      walk(directory, path, depth + 1);
      isOurs = ours.test(path, directory);
    }
    if (before.isEmpty() && isOurs) {
      return; // what is in it has been told of
    }
    if (before.isEmpty()) {
      found.add(new Change(Kind.ADDED, path));
    } else if (found.size() > known || !isSame(status, before.get())) {
      found.add(new Change(Kind.CHANGED, path));
    }
  }

  private static boolean isSame(FileStatus now, FileStatus before) {
    return before.isDirectory()
        && now.permissions() == before.permissions()
        && now.uid() == before.uid()
        && now.gid() == before.gid();
  }

  private static Optional<FileStatus> below(String path, List<Fd> lowers) throws SyscallException {
    for (Fd lower : lowers) {
      try (Fd place = Descriptors.openBeneath(lower, path.substring(1), PLACE)) {
        return Optional.of(Descriptors.status(place));
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
          throw e;
        }
      }
    }
    return Optional.empty();
  }

  /** Names in the directory of a path in the lower ones. */
  private Set<String> below(String path) throws IOException {
    Set<String> names = new HashSet<>();
    for (Fd lower : lowers) {
      try (Fd directory = Descriptors.openBeneath(lower, path.substring(1), DIRECTORY)) {
        Directories.readDirectory(directory).forEach(entry -> names.add(entry.name()));
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
          throw e;
        }
      }
    }
    return names;
  }
}
