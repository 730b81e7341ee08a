package dev.reg.engine.doctor;

import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Features;
import dev.reg.linux.Mounts;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel must be able to do, and what it does better from some version on. */
final class KernelChecks implements Doctor.Group {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9}).*");
  private static final String UPGRADE = "use a newer kernel";

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    String release = System.getProperty("os.version");
    // mount_setattr(2) is the youngest call that there is no way without.
    String needed = "5.12 or later";
    found.add(
        isAtLeast(release, 5, 12)
            ? Check.ok("kernel", release, needed)
            : Check.fail("kernel", release, needed, UPGRADE));
    found.add(mounts());
    found.add(processes());
    found.add(
        Features.hasMoveMountBeneath()
            ? Check.ok("mounts beneath", "yes", "MOVE_MOUNT_BENEATH (6.5)")
            : Check.warn(
                "mounts beneath",
                "no",
                "MOVE_MOUNT_BENEATH (6.5)",
                "files inserted into a running container come on top of the others, not in one"
                    + " step: "
                    + UPGRADE));
    found.add(exitCodes(release));
  }

  /** Whether a release, such as 6.1.0-18-amd64, is not older; no for what is no release. */
  static boolean isAtLeast(String release, int major, int minor) {
    Matcher matcher = VERSION.matcher(release);
    if (!matcher.matches()) {
      return false;
    }
    int first = Integer.parseInt(matcher.group(1));
    return first > major || (first == major && Integer.parseInt(matcher.group(2)) >= minor);
  }

  private static Check mounts() throws IOException {
    String needed = "fsopen, fsmount, open_tree, mount_setattr";
    try (Fd tmpfs = Mounts.tmpfs(Map.of("size", "4k"), Mounts.MOUNT_ATTR_NOSUID);
        Fd copy = Mounts.openTree("/", false)) {
      Mounts.setAttributes(tmpfs, Mounts.MOUNT_ATTR_RDONLY, 0, false);
      Mounts.setAttributes(copy, Mounts.MOUNT_ATTR_RDONLY, 0, false);
      return Check.ok("detached mounts", "yes", needed);
    } catch (SyscallException e) {
      boolean refused = e.errno() == Errno.EPERM || e.errno() == Errno.EACCES;
      return Check.fail(
          "detached mounts",
          e.call() + ": " + e.reason(),
          needed,
          refused ? "run the engine as root, outside of containers and sandboxes" : UPGRADE);
    }
  }

  private static Check processes() {
    String needed = "pidfd_open, clone3";
    try (Fd self = Processes.pidfd(Processes.self())) {
      Processes.signal(self, 0);
    } catch (SyscallException e) {
      return Check.fail("process descriptors", e.call() + ": " + e.reason(), needed, UPGRADE);
    }
    return Features.hasClone3()
        ? Check.ok("process descriptors", "yes", needed)
        : Check.fail(
            "process descriptors",
            "clone3 is missing, or a seccomp filter hides it",
            needed,
            "use a newer kernel, and run the engine outside of containers");
  }

  /** That a process that has been reaped tells its code cannot be tried without having one. */
  private static Check exitCodes(String release) throws SyscallException {
    String needed = "PIDFD_GET_INFO with exit codes (6.15)";
    boolean asked = Processes.hasPidfdInfo();
    return asked && isAtLeast(release, 6, 15)
        ? Check.ok("late exit codes", "yes", needed)
        : Check.warn(
            "late exit codes",
            asked ? "PIDFD_GET_INFO without them" : "no PIDFD_GET_INFO",
            needed,
            "only when the launcher is killed together with a container, that one's exit code is"
                + " unknown: "
                + UPGRADE);
  }
}
