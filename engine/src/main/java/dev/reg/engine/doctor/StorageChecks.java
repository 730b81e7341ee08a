package dev.reg.engine.doctor;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Features;
import dev.reg.linux.FilesystemStatus;
import dev.reg.linux.Mounts;
import dev.reg.linux.Open;
import dev.reg.linux.Overlay;
import dev.reg.linux.SyscallException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The filesystem below the root: what it is, and what overlays and hard links make of it. */
final class StorageChecks implements Doctor.Group {
  private static final long LEAST = 128L << 20;
  private static final long COMFORTABLE = 1L << 30;
  private static final long LEAST_INODES = 1_000;
  private static final long COMFORTABLE_INODES = 20_000;
  private static final String ELSEWHERE =
      "put the root on ext4, xfs or btrfs: reg --root DIR, or a filesystem of its own for it";

  static final String SPACE = "make space: reg prune, or a larger filesystem";

  private final Layout layout;

  StorageChecks(Layout layout) {
    this.layout = layout;
  }

  @Override
  public String name() {
    return "filesystem";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    FilesystemStatus status;
    try (Fd root = Descriptors.open(existing(), Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      status = Features.filesystem(root);
    }
    Check filesystem = filesystem(status);
    found.add(filesystem);
    if (status.isReadOnly()) {
      return;
    }
    found.add(space(status));
    layout.create();
    try (ProbeDirectory probe = ProbeDirectory.make(layout)) {
      found.add(hardLinks(probe));
      found.add(overlay(probe, status.name()));
    }
  }

  /** The root, or where it would be made. */
  private Path existing() {
    Path place = layout.root().toAbsolutePath();
    for (Path above = place.getParent();
        above != null && !Files.isDirectory(place);
        above = above.getParent()) {
      place = above;
    }
    return place;
  }

  private static Check filesystem(FilesystemStatus status) {
    String needed = "one that can be written and executed from";
    if (status.isReadOnly()) {
      return Check.fail("filesystem", status.name() + ", read-only", needed, ELSEWHERE);
    }
    if (status.isNoExec()) {
      return Check.fail(
          "filesystem",
          status.name() + ", mounted noexec",
          needed,
          "mount it without noexec, or " + ELSEWHERE);
    }
    return Check.ok("filesystem", status.name(), needed);
  }

  static Check space(FilesystemStatus status) {
    String found =
        String.format(
            Locale.ROOT,
            "%d MB%s free",
            status.available() / 1_000_000,
            status.inodes() == 0 ? "" : ", " + status.freeInodes() + " inodes");
    String needed = "1 GB, 20000 inodes";
    boolean counted = status.inodes() > 0;
    if (status.available() < LEAST || (counted && status.freeInodes() < LEAST_INODES)) {
      return Check.fail("space", found, needed, SPACE);
    }
    if (status.available() < COMFORTABLE || (counted && status.freeInodes() < COMFORTABLE_INODES)) {
      return Check.warn("space", found, needed, SPACE);
    }
    return Check.ok("space", found, needed);
  }

  private static Check hardLinks(ProbeDirectory probe) throws IOException {
    Path file = Files.writeString(probe.path().resolve("file"), "x");
    String needed = "two names for one inode";
    try (Fd directory = probe.open()) {
      Directories.linkAt(directory, "file", directory, "link");
    } catch (SyscallException e) {
      return Check.fail("hard links", e.reason(), needed, ELSEWHERE);
    }
    boolean same =
        Descriptors.status(file).inode()
            == Descriptors.status(probe.path().resolve("link")).inode();
    return same
        ? Check.ok("hard links", "yes", needed)
        : Check.fail("hard links", "a copy with an inode of its own", needed, ELSEWHERE);
  }

  /** Does with an overlay what containers do: change, rename and remove what a lower layer has. */
  private static Check overlay(ProbeDirectory probe, String filesystem) throws IOException {
    String needed = "an overlay that can be written";
    Path top = probe.path();
    for (String name : List.of("lower/directory", "upper", "work")) {
      Files.createDirectories(top.resolve(name));
    }
    Files.writeString(top.resolve("lower/directory/file"), "x");
    Files.writeString(top.resolve("lower/gone"), "x");
    Overlay overlay =
        new Overlay(
            "reg:doctor",
            List.of(top.resolve("lower")),
            top.resolve("upper"),
            top.resolve("work"),
            true);
    try (Fd mount = Mounts.overlay(overlay, Mounts.MOUNT_ATTR_NOSUID)) {
      try (Fd file = Descriptors.openAt(mount, "directory/file", Open.O_WRONLY, 0)) {
        Descriptors.write(file, new byte[] {'y'});
      }
      Directories.renameAt(mount, "directory", mount, "renamed");
      Directories.unlinkAt(mount, "gone", 0);
      return Check.ok("overlay", "on " + filesystem, needed);
    } catch (SyscallException e) {
      return Check.fail(
          "overlay",
          "on " + filesystem + ": " + e.call() + ": " + e.reason(),
          needed,
          e.errno() == Errno.ENODEV
              ? "load the kernel's overlay module: modprobe overlay"
              : e.errno() == Errno.EPERM ? "run the engine as root" : ELSEWHERE);
    }
  }
}
