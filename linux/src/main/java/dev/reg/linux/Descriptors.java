package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Files and directories through descriptors. Everything opened is close-on-exec. Failures are
 * {@link SyscallException}s that name the call and its subject.
 */
public final class Descriptors {
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BLOCK = 512;
  private static final int STATX_SIZE = 256;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int TCGETS = 0x5401;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_ADD_SEALS = 1033;

  /** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE of fcntl(2). */
  private static final int SEALS = 15;

  private Descriptors() {}

  /** Opens by path; for a relative one from the engine's working directory. */
  public static Fd open(Path path, int flags, int mode) throws SyscallException {
    return open(path.toString(), flags, mode);
  }

  public static Fd open(String path, int flags, int mode) throws SyscallException {
    return openAt(Open.AT_FDCWD, path, flags, mode);
  }

  /** openat(2): follows links, leaves the directory on "..". For trees we made ourselves. */
  public static Fd openAt(Fd dir, String path, int flags, int mode) throws SyscallException {
    return openAt(dir.number(), path, flags, mode);
  }

  private static Fd openAt(int dir, String path, int flags, int mode) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long fd = Kernel.call(s, Sys.OPENAT, dir, s.string(path), flags | Open.O_CLOEXEC, mode);
      return fd(fd, "openat", path);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * openat2(2) that neither leaves {@code dir} nor follows any link, wherever in the path: for
   * trees that somebody else can write. ELOOP for a link, EXDEV for a way out.
   */
  public static Fd openBeneath(Fd dir, String path, int flags) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long how = s.zeroed(24);
      s.putLong(how, flags | Open.O_CLOEXEC);
      s.putLong(how + 16, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
      long fd = Kernel.call(s, Sys.OPENAT2, dir.number(), s.string(path), how, 24);
      return fd(fd, "openat2", path);
    } finally {
      s.reset(mark);
    }
  }

  public static FileStatus status(Fd fd) throws SyscallException {
    return statx(fd.number(), "", Open.AT_EMPTY_PATH);
  }

  /** Status of a name in a directory; a link is not followed. */
  public static FileStatus statusAt(Fd dir, String path) throws SyscallException {
    return statx(dir.number(), path, Open.AT_SYMLINK_NOFOLLOW);
  }

  /** Status of a path; a link at its end is not followed. */
  public static FileStatus status(Path path) throws SyscallException {
    return statx(Open.AT_FDCWD, path.toString(), Open.AT_SYMLINK_NOFOLLOW);
  }

  private static FileStatus statx(int dir, String path, int flags) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long b = s.zeroed(STATX_SIZE);
      check(
          Kernel.call(s, Sys.STATX, dir, s.string(path), flags, STATX_BASIC_STATS, b, 0),
          "statx",
          path);
      long device = device(s.getInt(b + 136), s.getInt(b + 140));
      return new FileStatus(
          device,
          s.getLong(b + 32),
          s.getShort(b + 28) & 0xFFFF,
          s.getInt(b + 16) & 0xFFFFFFFFL,
          s.getInt(b + 20),
          s.getInt(b + 24),
          s.getLong(b + 40),
          s.getLong(b + 48) * STATX_BLOCK);
    } finally {
      s.reset(mark);
    }
  }

  /** A device number as stat(2) has it, from major and minor: glibc's gnu_dev_makedev. */
  static long device(int major, int minor) {
    return (minor & 0xffL)
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (major & 0xfffff000L) << 32;
  }

  /** Where the descriptor points, for display only: the file may have been moved since. */
  public static String path(Fd fd) throws SyscallException {
    return readLink("/proc/self/fd/" + fd.number());
  }

  /** The target of a symbolic link. */
  public static String readLink(String path) throws SyscallException {
    return readLinkAt(Open.AT_FDCWD, path);
  }

  /** The target of a symbolic link in a directory. */
  public static String readLinkAt(Fd dir, String path) throws SyscallException {
    return readLinkAt(dir.number(), path);
  }

  private static String readLinkAt(int dir, String path) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      MemorySegment b = s.bulk();
      long n =
          check(
              Kernel.call(s, Sys.READLINKAT, dir, s.string(path), b.address(), 4096),
              "readlinkat",
              path);
      return NativeText.decode(bytes(b, (int) n));
    } finally {
      s.reset(mark);
    }
  }

  /**
   * An extended attribute's value (getxattr(2)), at most 4096 bytes; empty when the file has none
   * of the name.
   */
  public static String attribute(Fd fd, String name) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      MemorySegment b = s.bulk();
      long n = Kernel.call(s, Sys.FGETXATTR, fd.number(), s.string(name), b.address(), 4096);
      return n == -Errno.ENODATA || n == -Errno.EOPNOTSUPP
          ? ""
          : NativeText.decode(bytes(b, (int) check(n, "fgetxattr", name)));
    } finally {
      s.reset(mark);
    }
  }

  public static Pipe pipe() throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long pair = s.zeroed(8);
      check(Kernel.call(s, Sys.PIPE2, pair, Open.O_CLOEXEC), "pipe2", "");
      return new Pipe(Fd.adopt(s.getInt(pair)), Fd.adopt(s.getInt(pair + 4)));
    } finally {
      s.reset(mark);
    }
  }

  /** A file in memory with this content, its offset at the start. */
  public static Fd memfd(String name, byte[] content) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    Fd fd;
    try {
      fd = fd(Kernel.call(s, Sys.MEMFD_CREATE, s.string(name), MFD_CLOEXEC), "memfd_create", name);
    } finally {
      s.reset(mark);
    }
    try {
      write(fd, content);
      check(Kernel.call(s, Sys.LSEEK, fd.number(), 0, 0, 0), "lseek", name);
      return fd;
    } catch (SyscallException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * A file in memory that nobody can write any more, also not who executes it (memfd_create(2),
   * "File sealing").
   */
  public static Fd sealed(String name, byte[] content) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    Fd fd;
    try {
      long path = s.string(name);
      long result = Kernel.call(s, Sys.MEMFD_CREATE, path, flags | MFD_EXEC);
      if (result == -Errno.EINVAL) { // before Linux 6.3 every such file could be executed
        result = Kernel.call(s, Sys.MEMFD_CREATE, path, flags);
      }
      fd = fd(result, "memfd_create", name);
    } finally {
      s.reset(mark);
    }
    try {
      write(fd, content);
      check(Kernel.call(s, Sys.FCNTL, fd.number(), F_ADD_SEALS, SEALS, 0), "fcntl", fd);
      return fd;
    } catch (SyscallException e) {
      fd.close();
      throw e;
    }
  }

  /** A second descriptor of the same open file. */
  public static Fd duplicate(Fd fd) throws SyscallException {
    Scratch s = Scratch.get();
    return fd(Kernel.call(s, Sys.FCNTL, fd.number(), F_DUPFD_CLOEXEC, 3, 0), "fcntl", fd);
  }

  /** Whether a terminal is behind the descriptor. */
  public static boolean isTerminal(Fd fd) {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      return Kernel.call(s, Sys.IOCTL, fd.number(), TCGETS, s.zeroed(64), 0) == 0;
    } finally {
      s.reset(mark);
    }
  }

  /** Flags of the open file (F_GETFL): access mode, O_APPEND, O_NONBLOCK, O_PATH … */
  public static int flags(Fd fd) throws SyscallException {
    Scratch s = Scratch.get();
    return (int) check(Kernel.call(s, Sys.FCNTL, fd.number(), F_GETFL, 0, 0), "fcntl", fd);
  }

  /** Makes an inherited descriptor close-on-exec. */
  public static void setCloseOnExec(Fd fd) throws SyscallException {
    check(Kernel.call(Scratch.get(), Sys.FCNTL, fd.number(), F_SETFD, 1, 0), "fcntl", fd);
  }

  /** Sets or clears O_NONBLOCK, for everyone who shares the open file. */
  public static void setNonBlocking(Fd fd, boolean on) throws SyscallException {
    int flags = flags(fd);
    int wanted = on ? flags | Open.O_NONBLOCK : flags & ~Open.O_NONBLOCK;
    Scratch s = Scratch.get();
    check(Kernel.call(s, Sys.FCNTL, fd.number(), F_SETFL, wanted, 0), "fcntl", fd);
  }

  /** fsync(2). */
  public static void sync(Fd fd) throws SyscallException {
    check(Kernel.call(Scratch.get(), Sys.FSYNC, fd.number(), 0), "fsync", fd);
  }

  /** syncfs(2): everything of the filesystem the descriptor is on. */
  public static void syncFilesystem(Fd fd) throws SyscallException {
    check(Kernel.call(Scratch.get(), Sys.SYNCFS, fd.number(), 0), "syncfs", fd);
  }

  /** An exclusive flock(2) that lives as long as the open file; false when another holds one. */
  public static boolean tryLock(Fd fd) throws SyscallException {
    long r = Kernel.call(Scratch.get(), Sys.FLOCK, fd.number(), 2 | 4);
    if (r == -Errno.EAGAIN) {
      return false;
    }
    check(r, "flock", fd);
    return true;
  }

  public static void changeMode(Fd fd, int mode) throws SyscallException {
    check(Kernel.call(Scratch.get(), Sys.FCHMOD, fd.number(), mode), "fchmod", fd);
  }

  public static void changeOwner(Fd fd, int uid, int gid) throws SyscallException {
    check(Kernel.call(Scratch.get(), Sys.FCHOWN, fd.number(), uid, gid, 0), "fchown", fd);
  }

  /** One read(2): how many bytes came, 0 at the end of file. */
  public static int read(Fd fd, byte[] into, int offset, int length) throws SyscallException {
    Objects.checkFromIndexSize(offset, length, into.length);
    Scratch s = Scratch.get();
    MemorySegment b = s.bulk();
    int most = Math.min(length, Scratch.BULK);
    int n = (int) check(Kernel.call(s, Sys.READ, fd.number(), b.address(), most, 0), "read", fd);
    MemorySegment.copy(b, JAVA_BYTE, 0, into, offset, n);
    return n;
  }

  public static int read(Fd fd, byte[] into) throws SyscallException {
    return read(fd, into, 0, into.length);
  }

  /** The rest of the file; an IOException when it is longer than {@code limit} bytes. */
  public static byte[] readAll(Fd fd, int limit) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[Math.min(limit + 1, Scratch.BULK)];
    while (true) {
      int n = read(fd, buffer);
      if (n == 0) {
        return out.toByteArray();
      }
      out.write(buffer, 0, n);
      if (out.size() > limit) {
        throw new IOException("read " + path(fd) + ": longer than " + limit + " bytes");
      }
    }
  }

  /** Writes all of it. */
  public static void write(Fd fd, byte[] from) throws SyscallException {
    write(fd, from, 0, from.length);
  }

  /** Writes all of the {@code length} bytes from {@code offset}. */
  public static void write(Fd fd, byte[] from, int offset, int length) throws SyscallException {
    Objects.checkFromIndexSize(offset, length, from.length);
    Scratch s = Scratch.get();
    MemorySegment b = s.bulk();
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, Scratch.BULK);
      MemorySegment.copy(from, offset + done, b, JAVA_BYTE, 0, part);
      done +=
          (int) check(Kernel.call(s, Sys.WRITE, fd.number(), b.address(), part, 0), "write", fd);
    }
  }

  /** A stream over the descriptor; closing it closes the descriptor. */
  public static InputStream inputStream(Fd fd) {
    return new FdStreams.In(fd);
  }

  /** An unbuffered stream over the descriptor; closing it closes the descriptor. */
  public static OutputStream outputStream(Fd fd) {
    return new FdStreams.Out(fd);
  }

  static byte[] bytes(MemorySegment segment, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, JAVA_BYTE, 0, bytes, 0, length);
    return bytes;
  }

  static Fd fd(long result, String call, String subject) throws SyscallException {
    return Fd.adopt((int) check(result, call, subject));
  }

  static Fd fd(long result, String call, Fd subject) throws SyscallException {
    return Fd.adopt((int) check(result, call, subject));
  }

  /** As below; the subject is spelled out only when there is a failure to tell. */
  static long check(long result, String call, Fd subject) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, subject.toString(), (int) -result);
    }
    return result;
  }

  static long check(long result, String call, String subject) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, subject, (int) -result);
    }
    return result;
  }
}
