package dev.reg.linux;

/**
 * Asks the kernel what it can do, by calls that it refuses in one way when it knows them and in
 * another when it does not. None changes anything.
 */
public final class Features {
  private static final int BAD_FD = -1;
  private static final long MOVE_MOUNT_F_EMPTY_PATH = 0x04;
  private static final long MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  private static final long MOVE_MOUNT_BENEATH = 0x200;
  private static final int STATFS_SIZE = 120;

  private Features() {}

  /**
   * Whether a mount can be attached beneath another (6.5). The kernel looks at the flags before the
   * descriptors: EINVAL for a flag that it does not know, EBADF for what is no descriptor.
   */
  public static boolean hasMoveMountBeneath() {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long empty = s.string("");
      long flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_BENEATH;
      return Kernel.call(s, Sys.MOVE_MOUNT, BAD_FD, empty, BAD_FD, empty, flags, 0) == -Errno.EBADF;
    } finally {
      s.reset(mark);
    }
  }

  /** Whether clone3(2) is there (5.3) and no filter hides it; arguments of no size are EINVAL. */
  public static boolean hasClone3() {
    return Kernel.call(Scratch.get(), Sys.CLONE3, 0, 0) == -Errno.EINVAL;
  }

  /** statfs(2); {@code struct statfs} is the same on x86-64 and aarch64. */
  public static FilesystemStatus filesystem(Fd fd) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long status = s.zeroed(STATFS_SIZE);
      Descriptors.check(Kernel.call(s, Sys.FSTATFS, fd.number(), status), "fstatfs", fd);
      // type, block size, blocks, free, available, inodes, free inodes, id, name length, fragment
      // size, flags
      long block = s.getLong(status + 72) == 0 ? s.getLong(status + 8) : s.getLong(status + 72);
      return new FilesystemStatus(
          s.getLong(status) & 0xffffffffL,
          s.getLong(status + 32) * block,
          s.getLong(status + 16) * block,
          s.getLong(status + 40),
          s.getLong(status + 48),
          s.getLong(status + 80));
    } finally {
      s.reset(mark);
    }
  }
}
