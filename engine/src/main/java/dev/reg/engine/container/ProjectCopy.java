package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Holes;
import dev.reg.linux.Open;
import dev.reg.linux.Peer;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container's own copy of its project. Every file is opened by the client, with the caller's
 * rights; the bytes are copied by the kernel, which shares them where the filesystem can.
 */
public final class ProjectCopy {
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW;

  /** Says what is left out; asked from the top down. */
  @FunctionalInterface
  public interface Filter {
    /**
     * Whether this is left out, and all that is below it.
     *
     * @param path relative to the project's directory
     */
    boolean leavesOut(String path, boolean directory);
  }

  private final Caller caller;
  private final Filter filter;

  /** Whose the copy will be; null to keep the original's owners. */
  private final @Nullable Peer owner;

  private final Deque<String> directories = new ArrayDeque<>();

  /** Where files with several names were copied to. */
  private final Map<Inode, String> linked = new HashMap<>();

  private record Inode(long device, long number) {}

  private ProjectCopy(Caller caller, Filter filter) {
    this.caller = caller;
    this.filter = filter;
    this.owner = Access.of(caller.peer()).isWhole() ? null : caller.peer();
  }

  /**
   * Copies directories, files and symbolic links with owner, mode and time of modification; hard
   * links stay such. Sockets, pipes and devices are left out. A caller who is not root owns all of
   * the copy: their program could neither use nor make what is another's.
   *
   * @param from as the client sees it
   * @param to does not exist yet
   */
  public static void copy(Caller caller, String from, Path to, Filter filter)
      throws RegException, IOException {
    Path parent = to.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(to.toString());
    }
    try (Fd in = Descriptors.open(parent, DIRECTORY, 0)) {
      Directories.makeDirectoryAt(in, to.getFileName().toString(), 0755);
    }
    ProjectCopy copy = new ProjectCopy(caller, filter);
    copy.directories.add("");
    try (Fd root = Descriptors.open(to, DIRECTORY, 0)) {
      while (!copy.directories.isEmpty()) {
        copy.directory(root, from, copy.directories.remove());
      }
    }
  }

  private void directory(Fd root, String from, String relative) throws RegException, IOException {
    String source = relative.isEmpty() ? from : from + "/" + relative;
    try (Fd original = caller.open(source, Open.O_PATH | Open.O_DIRECTORY | Open.O_NOFOLLOW, 0);
        Fd target = Descriptors.openAt(root, relative.isEmpty() ? "." : relative, DIRECTORY, 0)) {
      FileStatus status = Descriptors.status(original);
      own(target, status);
      Descriptors.changeMode(target, status.permissions());
      for (DirectoryEntry entry : caller.list(source)) {
        String name = entry.name();
        boolean isDirectory = entry.type() == DirectoryEntry.Type.DIRECTORY;
        if (filter.leavesOut(below(relative, name), isDirectory)) {
          continue;
        }
        switch (entry.type()) {
          case DIRECTORY -> {
            Directories.makeDirectoryAt(target, name, 0700);
            directories.add(below(relative, name));
          }
          case FILE -> file(root, target, source + "/" + name, relative, name);
          case LINK -> link(target, source + "/" + name, name);
          case OTHER -> {}
        }
      }
      // What is made in a directory sets its time, so this comes last.
      copyTime(original, target);
    }
  }

  private void own(Fd copy, FileStatus original) throws SyscallException {
    Peer all = owner;
    if (all == null) {
      Descriptors.changeOwner(copy, original.uid(), original.gid());
    } else {
      Descriptors.changeOwner(copy, all.uid(), all.gid());
    }
  }

  private static String below(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  private void file(Fd root, Fd target, String source, String directory, String name)
      throws RegException, IOException {
    try (Fd from = caller.open(source, Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NONBLOCK, 0)) {
      FileStatus status = Descriptors.status(from);
      if (!status.isRegular() || !isForReading(from)) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot copy the project: " + source + " changed while it was copied");
      }
      if (status.links() > 1) {
        Inode inode = new Inode(status.device(), status.inode());
        String copied = linked.putIfAbsent(inode, below(directory, name));
        if (copied != null) {
          Directories.linkAt(root, copied, target, name);
          return;
        }
      }
      try (Fd to = Directories.createFileAt(target, name, 0600)) {
        transfer(from, to, status.size());
        own(to, status);
        Descriptors.changeMode(to, status.permissions() & 01777);
        copyTime(from, to);
      }
    }
  }

  private static void copyTime(Fd from, Fd to) throws IOException {
    Files.setLastModifiedTime(opened(to), Files.getLastModifiedTime(opened(from)));
  }

  private static Path opened(Fd fd) {
    return Path.of("/proc/self/fd/" + fd.number());
  }

  /**
   * Whether the client had the right to read it. O_PATH takes none, and would be reopened with
   * ours.
   */
  private static boolean isForReading(Fd file) throws SyscallException {
    int flags = Descriptors.flags(file);
    return (flags & Open.O_PATH) == 0 && (flags & (Open.O_WRONLY | Open.O_RDWR)) == Open.O_RDONLY;
  }

  /**
   * Reopened through /proc, because only a channel copies within the kernel. That gives no right
   * that the descriptors do not: the client opened one for reading, the other is ours.
   */
  private static void transfer(Fd from, Fd to, long size) throws IOException {
    try (FileChannel in = FileChannel.open(opened(from), StandardOpenOption.READ);
        RandomAccessFile file = new RandomAccessFile(opened(to).toFile(), "rw")) {
      FileChannel out = file.getChannel();
      // Holes stay holes, and what grows meanwhile is copied as it was.
      file.setLength(size);
      long at = Holes.nextData(from, 0);
      while (at >= 0 && at < size) {
        long end = Math.min(size, Holes.nextHole(from, at));
        out.position(at);
        for (long n = 1; n > 0 && at < end; at += n) {
          n = in.transferTo(at, end - at, out);
        }
        at = at < end ? -1 : Holes.nextData(from, at); // -1: it was cut short meanwhile
      }
    }
  }

  private void link(Fd target, String source, String name) throws RegException, IOException {
    try (Fd link = caller.open(source, Open.O_PATH | Open.O_NOFOLLOW, 0)) {
      Directories.symlinkAt(Descriptors.readLinkAt(link, ""), target, name);
      if (owner != null) {
        Directories.changeOwnerAt(target, name, owner.uid(), owner.gid());
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EINVAL) {
        throw e;
      }
      throw new RegException(
          ErrorKind.INVALID,
          "cannot copy the project: " + source + " changed while it was copied",
          e);
    }
  }
}
