package dev.reg.engine.container;

import static dev.reg.linux.Mounts.MOUNT_ATTR_NODEV;
import static dev.reg.linux.Mounts.MOUNT_ATTR_NOSUID;
import static dev.reg.linux.Mounts.MOUNT_ATTR_RDONLY;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Mounts;
import dev.reg.linux.Overlay;
import dev.reg.linux.SyscallException;
import dev.reg.store.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The kernel's own. */
final class KernelMounter implements Mounter {
  private static final long CONFINED = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

  @Override
  public Fd root(String containerId, List<Path> lowers, Path upper, Path work, boolean volatileSync)
      throws IOException {
    String source = ProcessTable.ROOT_SOURCE + containerId;
    return Mounts.overlay(new Overlay(source, lowers, upper, work, volatileSync), CONFINED);
  }

  @Override
  public Fd usr(Environment environment) throws IOException {
    Fd mount = Mounts.openTree(environment.usr().toString(), false);
    return with(mount, CONFINED | MOUNT_ATTR_RDONLY, false);
  }

  @Override
  public Fd bind(Fd source, String shown, boolean readOnly) throws IOException, RegException {
    Fd mount;
    try {
      mount = Mounts.openTree(source, "", true);
    } catch (SyscallException e) {
      if (e.errno() == Errno.EINVAL) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot mount "
                + shown
                + ": it is in another mount namespace than the engine's; run reg outside of the"
                + " container or sandbox",
            e);
      }
      throw e;
    }
    return with(mount, readOnly ? CONFINED | MOUNT_ATTR_RDONLY : CONFINED, true);
  }

  private static Fd with(Fd mount, long attributes, boolean recursive) throws IOException {
    try {
      Mounts.setAttributes(mount, attributes, 0, recursive);
      return mount;
    } catch (SyscallException e) {
      mount.close();
      throw e;
    }
  }
}
