package dev.reg.linux;

/**
 * What statx(2) tells of a file.
 *
 * @param device as {@code st_dev} (makedev of major and minor)
 * @param mode type and permission bits, as {@code st_mode}
 * @param size bytes
 * @param allocated bytes of the blocks it takes on disk
 */
public record FileStatus(
    long device, long inode, int mode, long links, int uid, int gid, long size, long allocated) {
  private static final int S_IFMT = 0170000;

  public boolean isRegular() {
    return type() == 0100000;
  }

  public boolean isDirectory() {
    return type() == 0040000;
  }

  public boolean isSymbolicLink() {
    return type() == 0120000;
  }

  public boolean isCharacterDevice() {
    return type() == 0020000;
  }

  public boolean isPipe() {
    return type() == 0010000;
  }

  public boolean isSocket() {
    return type() == 0140000;
  }

  /** The twelve permission bits. */
  public int permissions() {
    return mode & 07777;
  }

  private int type() {
    return mode & S_IFMT;
  }
}
