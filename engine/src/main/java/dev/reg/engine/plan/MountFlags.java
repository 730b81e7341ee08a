package dev.reg.engine.plan;

/** MS_ flags of mount(2), linux/mount.h. */
final class MountFlags {
  static final int RDONLY = 1;
  static final int NOSUID = 2;
  static final int NODEV = 4;
  static final int NOEXEC = 8;

  private MountFlags() {}
}
