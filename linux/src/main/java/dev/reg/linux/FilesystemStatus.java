package dev.reg.linux;

import java.util.Map;

/**
 * What statfs(2) tells of a mounted filesystem.
 *
 * @param type its magic number; {@link #name()} has words for the known ones
 * @param available bytes that a process without privileges may still take
 * @param total bytes
 * @param inodes number of all inodes; 0 where they are made as needed
 * @param freeInodes number of free inodes
 * @param flags ST_ flags of the mount
 */
public record FilesystemStatus(
    long type, long available, long total, long inodes, long freeInodes, long flags) {
  private static final long ST_RDONLY = 1;
  private static final long ST_NOEXEC = 8;

  /** Of linux/magic.h, and of those filesystems' own headers. */
  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(0xef53L, "ext4"),
          Map.entry(0x58465342L, "xfs"),
          Map.entry(0x9123683eL, "btrfs"),
          Map.entry(0x01021994L, "tmpfs"),
          Map.entry(0x794c7630L, "overlay"),
          Map.entry(0x2fc12fc1L, "zfs"),
          Map.entry(0x6969L, "nfs"),
          Map.entry(0xf2f52010L, "f2fs"),
          Map.entry(0xf15fL, "ecryptfs"),
          Map.entry(0x4d44L, "vfat"),
          Map.entry(0x65735546L, "fuse"),
          Map.entry(0x01021997L, "9p"),
          Map.entry(0x858458f6L, "ramfs"),
          Map.entry(0x63677270L, "cgroup2"));

  public String name() {
    return NAMES.getOrDefault(type, "filesystem 0x" + Long.toHexString(type));
  }

  /** What is on it is in memory, which nothing gives back but swap: tmpfs and ramfs. */
  public boolean isMemory() {
    return type == 0x01021994L || type == 0x858458f6L;
  }

  public boolean isReadOnly() {
    return (flags & ST_RDONLY) != 0;
  }

  /** Nothing on it can be executed. */
  public boolean isNoExec() {
    return (flags & ST_NOEXEC) != 0;
  }
}
