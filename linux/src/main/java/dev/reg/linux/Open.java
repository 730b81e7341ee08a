package dev.reg.linux;

/**
 * Flags of open(2) (the values of {@code fcntl.h}) and of the {@code *at} calls. O_CLOEXEC is
 * always added. O_DIRECTORY and O_NOFOLLOW differ between architectures.
 */
public final class Open {
  private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_PATH = 0x200000;
  public static final int O_TMPFILE = 0x400000 | O_DIRECTORY;

  /** For {@code unlinkAt}: remove a directory. */
  public static final int AT_REMOVEDIR = 0x200;

  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_EMPTY_PATH = 0x1000;

  /** In place of a directory: relative paths start at the working directory. */
  static final int AT_FDCWD = -100;

  private Open() {}
}
