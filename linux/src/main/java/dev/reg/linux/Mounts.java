package dev.reg.linux;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Detached mounts: made here, in the host's mount namespace but in no place of it, handed to the
 * launcher as descriptors and attached inside the container. Closing the last descriptor of one
 * that nobody attached dissolves it.
 */
public final class Mounts {
  public static final long MOUNT_ATTR_RDONLY = 0x01;
  public static final long MOUNT_ATTR_NOSUID = 0x02;
  public static final long MOUNT_ATTR_NODEV = 0x04;
  public static final long MOUNT_ATTR_NOEXEC = 0x08;
  public static final long MOUNT_ATTR_NOATIME = 0x10;
  public static final long MOUNT_ATTR_NODIRATIME = 0x80;
  public static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

  /** The field of the access time modes: to be cleared when one of them is set. */
  public static final long MOUNT_ATTR_ATIME = 0x70;

  private static final long OPEN_TREE_CLONE = 1;
  private static final long AT_RECURSIVE = 0x8000;
  private static final long MS_PRIVATE = 1 << 18;
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int MOUNT_ATTR_SIZE = 32;

  private Mounts() {}

  /**
   * A detached copy of the mount at a place.
   *
   * @param path relative to {@code dir}; "" for {@code dir} itself, which may be O_PATH
   * @param recursive with the mounts below it
   */
  public static Fd openTree(Fd dir, String path, boolean recursive) throws SyscallException {
    return openTree(dir.number(), path, recursive);
  }

  /** A detached copy of the mount at an absolute path, whose last component is no link. */
  public static Fd openTree(String path, boolean recursive) throws SyscallException {
    return openTree(Open.AT_FDCWD, path, recursive);
  }

  private static Fd openTree(int dir, String path, boolean recursive) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long flags =
          OPEN_TREE_CLONE
              | Open.O_CLOEXEC
              | Open.AT_SYMLINK_NOFOLLOW
              | (path.isEmpty() ? Open.AT_EMPTY_PATH : 0)
              | (recursive ? AT_RECURSIVE : 0);
      return Descriptors.fd(
          Kernel.call(s, Sys.OPEN_TREE, dir, s.string(path), flags, 0), "open_tree", path);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * Sets and clears MOUNT_ATTR_ flags and makes the mount private, so that nothing that is mounted
   * in its original shows up in the container.
   */
  public static void setAttributes(Fd mount, long set, long clear, boolean recursive)
      throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      // struct mount_attr: u64 set, clear, propagation, user namespace
      long attr = s.zeroed(MOUNT_ATTR_SIZE);
      s.putLong(attr, set);
      s.putLong(attr + 8, clear);
      s.putLong(attr + 16, MS_PRIVATE);
      long flags = Open.AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
      long empty = s.string("");
      Descriptors.check(
          Kernel.call(s, Sys.MOUNT_SETATTR, mount.number(), empty, flags, attr, MOUNT_ATTR_SIZE, 0),
          "mount_setattr",
          mount);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * A detached overlay.
   *
   * <p>The layers are named through descriptors: fsconfig(2) takes at most 255 bytes for a value, a
   * colon or backslash in a path needs no escaping, and the host's paths do not show in the
   * container's mountinfo.
   *
   * <p>Options that kernels and distributions default differently are spelled out. {@code
   * index=off}: layers may share inodes, and be mounted again after a crash. {@code metacopy=off}:
   * an upper holds whole files. {@code xino=off}: a property of the filesystem's inode numbers that
   * nothing here needs. {@code redirect_dir=on}: rename(2) of a directory that is in a lower layer
   * works instead of failing with EXDEV; the redirect is a {@code trusted.*} attribute, which no
   * container can write, and refers to a path, so it survives a regenerated lower layer.
   *
   * @param attributes MOUNT_ATTR_ flags of the mount
   */
  public static Fd overlay(Overlay overlay, long attributes) throws IOException {
    List<Fd> layers = new ArrayList<>(overlay.lowers().size() + 2);
    try {
      StringBuilder lower = new StringBuilder();
      for (int i = 0; i < overlay.lowers().size(); i++) {
        if (i > 0) {
          lower.append(':');
        }
        lower.append(layer(overlay.lowers().get(i).toString(), layers));
      }
      String upper = layer(overlay.upper().toString(), layers);
      String work = layer(overlay.work().toString(), layers);
      try (Fd context = open("overlay")) {
        setString(context, "overlay", "source", overlay.source());
        setString(context, "overlay", "lowerdir", lower.toString());
        setString(context, "overlay", "upperdir", upper);
        setString(context, "overlay", "workdir", work);
        setString(context, "overlay", "index", "off");
        setString(context, "overlay", "metacopy", "off");
        setString(context, "overlay", "redirect_dir", "on");
        setString(context, "overlay", "xino", "off");
        if (overlay.volatileSync()) {
          setFlag(context, "overlay", "volatile");
        }
        return create(context, "overlay on " + overlay.upper(), attributes);
      }
    } finally {
      Fd.closeAll(layers);
    }
  }

  /** A detached overlay with default attributes. */
  public static Fd overlay(Overlay overlay) throws IOException {
    return overlay(overlay, 0);
  }

  /**
   * A detached tmpfs.
   *
   * @param options of tmpfs(5): size, mode, nr_inodes, uid, gid; an empty value is a flag
   */
  public static Fd tmpfs(Map<String, String> options, long attributes) throws IOException {
    try (Fd context = open("tmpfs")) {
      setString(context, "tmpfs", "source", "tmpfs");
      for (Map.Entry<String, String> option : options.entrySet()) {
        if (option.getValue().isEmpty()) {
          setFlag(context, "tmpfs", option.getKey());
        } else {
          setString(context, "tmpfs", option.getKey(), option.getValue());
        }
      }
      return create(context, "tmpfs", attributes);
    }
  }

  private static String layer(String path, List<Fd> opened) throws SyscallException {
    Fd fd = Descriptors.open(path, Open.O_PATH | Open.O_DIRECTORY, 0);
    opened.add(fd);
    return "/proc/self/fd/" + fd.number();
  }

  private static Fd open(String type) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      return Descriptors.fd(
          Kernel.call(s, Sys.FSOPEN, s.string(type), FSOPEN_CLOEXEC), "fsopen", type);
    } finally {
      s.reset(mark);
    }
  }

  private static void setString(Fd context, String type, String key, String value)
      throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long k = s.string(key);
      long v = s.string(value);
      long r = Kernel.call(s, Sys.FSCONFIG, context.number(), FSCONFIG_SET_STRING, k, v, 0, 0);
      if (r < 0) {
        throw failure(context, "fsconfig", type + " " + key + "=" + value, r);
      }
    } finally {
      s.reset(mark);
    }
  }

  private static void setFlag(Fd context, String type, String key) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long k = s.string(key);
      long r = Kernel.call(s, Sys.FSCONFIG, context.number(), FSCONFIG_SET_FLAG, k, 0, 0, 0);
      if (r < 0) {
        throw failure(context, "fsconfig", type + " " + key, r);
      }
    } finally {
      s.reset(mark);
    }
  }

  private static Fd create(Fd context, String shown, long attributes) throws SyscallException {
    Scratch s = Scratch.get();
    long r = Kernel.call(s, Sys.FSCONFIG, context.number(), FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
    if (r < 0) {
      throw failure(context, "mount", shown, r);
    }
    long fd = Kernel.call(s, Sys.FSMOUNT, context.number(), FSMOUNT_CLOEXEC, attributes, 0);
    if (fd < 0) {
      throw failure(context, "fsmount", shown, fd);
    }
    return Fd.adopt((int) fd);
  }

  /** With what the kernel wrote into the context's log, which says more than the number. */
  private static SyscallException failure(Fd context, String call, String subject, long result) {
    StringBuilder log = new StringBuilder();
    byte[] line = new byte[1024];
    // Each read takes one message ("e overlay: ..."), ENODATA follows the last: vfs_get_fc_log
    for (int i = 0; i < 8; i++) {
      int n;
      try {
        n = Descriptors.read(context, line);
      } catch (SyscallException e) {
        break;
      }
      String text = NativeText.decode(line, 0, n).strip();
      boolean level = text.length() > 2 && text.charAt(1) == ' ';
      log.append(log.isEmpty() ? "" : "; ").append(level ? text.substring(2) : text);
    }
    return new SyscallException(call, subject, (int) -result, log.toString());
  }
}
