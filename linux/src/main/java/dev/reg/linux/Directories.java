package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names in a directory that is known by its descriptor: no path is walked, so nobody can change
 * where a name leads. Failures are {@link SyscallException}s that name the call and its subject.
 */
public final class Directories {
  /** ioctl_fs(2): _IOR('f', 1, long) and _IOW('f', 2, long), of which the kernel takes an int. */
  private static final long FS_IOC_GETFLAGS = 0x8008_6601L;

  private static final long FS_IOC_SETFLAGS = 0x4008_6602L;

  /** FS_TOPDIR_FL of linux/fs.h, the attribute T of chattr(1). */
  private static final int TOPDIR = 0x0002_0000;

  private Directories() {}

  /**
   * Tells the filesystem that what the directories in this one have in them has nothing to do with
   * each other. ext4 then gives each a group of blocks and inodes by its name, not all the one that
   * their parent is in: there every new file would look at all inodes freed in the last minutes,
   * which it may not take (recently_deleted of fs/ext4/ialloc.c), with the directory locked.
   *
   * @return false when the filesystem takes no such advice, or not from us
   */
  public static boolean spread(Path directory) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try (Fd fd = Descriptors.open(directory, Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      long flags = s.zeroed(Long.BYTES);
      long r = Kernel.call(s, Sys.IOCTL, fd.number(), FS_IOC_GETFLAGS, flags, 0);
      if (r == 0 && (s.getInt(flags) & TOPDIR) == 0) {
        s.putInt(flags, s.getInt(flags) | TOPDIR);
        r = Kernel.call(s, Sys.IOCTL, fd.number(), FS_IOC_SETFLAGS, flags, 0);
      }
      if (r == -Errno.ENOTTY || r == -Errno.EOPNOTSUPP || r == -Errno.EINVAL || r == -Errno.EPERM) {
        return false;
      }
      Descriptors.check(r, "ioctl FS_IOC_SETFLAGS", directory.toString());
      return true;
    } finally {
      s.reset(mark);
    }
  }

  /** Opens a new regular file in a directory for writing; EEXIST when there is one. */
  public static Fd createFileAt(Fd dir, String name, int mode) throws SyscallException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL | Open.O_NOFOLLOW;
    return Descriptors.openAt(dir, name, flags, mode);
  }

  public static void makeDirectoryAt(Fd dir, String name, int mode) throws SyscallException {
    at(Sys.MKDIRAT, "mkdirat", dir, name, mode);
  }

  /** unlinkat(2); flags 0 or {@link Open#AT_REMOVEDIR}. */
  public static void unlinkAt(Fd dir, String name, int flags) throws SyscallException {
    at(Sys.UNLINKAT, "unlinkat", dir, name, flags);
  }

  /** A hard link; a symbolic link as source is itself linked, not followed. */
  public static void linkAt(Fd fromDir, String from, Fd toDir, String to) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long r =
          Kernel.call(
              s, Sys.LINKAT, fromDir.number(), s.string(from), toDir.number(), s.string(to), 0, 0);
      Descriptors.check(r, "linkat", from + " to " + to);
    } finally {
      s.reset(mark);
    }
  }

  public static void symlinkAt(String target, Fd dir, String name) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long r = Kernel.call(s, Sys.SYMLINKAT, s.string(target), dir.number(), s.string(name), 0);
      Descriptors.check(r, "symlinkat", name);
    } finally {
      s.reset(mark);
    }
  }

  /** Whose an entry is, of a link the link's own. */
  public static void changeOwnerAt(Fd dir, String name, int uid, int gid) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long path = s.string(name);
      long r =
          Kernel.call(s, Sys.FCHOWNAT, dir.number(), path, uid, gid, Open.AT_SYMLINK_NOFOLLOW, 0);
      Descriptors.check(r, "fchownat", name);
    } finally {
      s.reset(mark);
    }
  }

  /** rename(2), replacing what is there. */
  public static void renameAt(Fd fromDir, String from, Fd toDir, String to)
      throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long r =
          Kernel.call(
              s,
              Sys.RENAMEAT2,
              fromDir.number(),
              s.string(from),
              toDir.number(),
              s.string(to),
              0,
              0);
      Descriptors.check(r, "renameat2", from + " to " + to);
    } finally {
      s.reset(mark);
    }
  }

  private static void at(int number, String call, Fd dir, String name, int arg)
      throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      Descriptors.check(Kernel.call(s, number, dir.number(), s.string(name), arg, 0), call, name);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * What a directory holds, without "." and "..", in the filesystem's order. A name that is gone
   * while it is being looked at is left out.
   */
  public static List<DirectoryEntry> readDirectory(Fd dir) throws SyscallException {
    Scratch s = Scratch.get();
    MemorySegment b = s.bulk();
    List<DirectoryEntry> entries = new ArrayList<>();
    Descriptors.check(Kernel.call(s, Sys.LSEEK, dir.number(), 0, 0, 0), "lseek", dir);
    while (true) {
      long n = Kernel.call(s, Sys.GETDENTS64, dir.number(), b.address(), Scratch.BULK, 0);
      Descriptors.check(n, "getdents64", dir);
      if (n == 0) {
        return entries;
      }
      // struct linux_dirent64: u64 inode, s64 offset, u16 record length, u8 type, name, NUL
      byte[] batch = Descriptors.bytes(b, (int) n);
      for (int at = 0; at < n; ) {
        int length = b.get(JAVA_SHORT_UNALIGNED, at + 16L) & 0xFFFF;
        DirectoryEntry entry = entry(dir, batch, at);
        if (entry != null) {
          entries.add(entry);
        }
        at += length;
      }
    }
  }

  private static @Nullable DirectoryEntry entry(Fd dir, byte[] batch, int at)
      throws SyscallException {
    int start = at + 19;
    int end = start;
    while (batch[end] != 0) {
      end++;
    }
    String name = NativeText.decode(batch, start, end - start);
    if (name.equals(".") || name.equals("..")) {
      return null;
    }
    return switch (batch[at + 18]) {
      case 4 -> new DirectoryEntry(name, DirectoryEntry.Type.DIRECTORY);
      case 8 -> new DirectoryEntry(name, DirectoryEntry.Type.FILE);
      case 10 -> new DirectoryEntry(name, DirectoryEntry.Type.LINK);
      case 0 -> look(dir, name);
      default -> new DirectoryEntry(name, DirectoryEntry.Type.OTHER);
    };
  }

  /** The filesystem did not say of what type it is; /proc does not of a process that just ends. */
  private static @Nullable DirectoryEntry look(Fd dir, String name) throws SyscallException {
    try {
      return new DirectoryEntry(name, type(Descriptors.statusAt(dir, name)));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
        return null;
      }
      throw e;
    }
  }

  private static DirectoryEntry.Type type(FileStatus status) {
    if (status.isDirectory()) {
      return DirectoryEntry.Type.DIRECTORY;
    }
    if (status.isRegular()) {
      return DirectoryEntry.Type.FILE;
    }
    return status.isSymbolicLink() ? DirectoryEntry.Type.LINK : DirectoryEntry.Type.OTHER;
  }
}
