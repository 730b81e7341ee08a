package dev.reg.engine.daemon;

import dev.reg.engine.access.Admission;
import dev.reg.linux.Fd;
import dev.reg.linux.Sockets;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The socket's node, and the way to it: for root, and for the group that is admitted. The engine
 * asks who connected, too; this keeps others from getting that far.
 */
final class Entrance {
  private final Layout layout;
  private final Admission admission;

  Entrance(Layout layout, Admission admission) {
    this.layout = layout;
    this.admission = admission;
  }

  /** Listens at a fresh node, whoever left the one before: the root's lock is ours. */
  Fd listen() throws IOException {
    Path socket = layout.socket();
    Files.deleteIfExists(socket);
    Fd listener = Sockets.listen(socket, 0600);
    try {
      if (admission.group().isPresent()) {
        admit(socket, admission.group().getAsInt());
      }
      return listener;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  private void admit(Path socket, int group) throws IOException {
    // First whose it is, then what they may: never for a moment another group.
    give(socket, group);
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
    letThrough(layout.runtime(), group);
    if (layout.runtime().startsWith(layout.root())) {
      letThrough(layout.root(), group);
    }
  }

  /** The group may search the directory, not list it; all else in there is root's alone. */
  private static void letThrough(Path directory, int group) throws IOException {
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(directory);
    if (modes.contains(PosixFilePermission.OTHERS_EXECUTE)) {
      return;
    }
    modes.remove(PosixFilePermission.GROUP_READ);
    modes.remove(PosixFilePermission.GROUP_WRITE);
    Files.setPosixFilePermissions(directory, modes);
    give(directory, group);
    modes.add(PosixFilePermission.GROUP_EXECUTE);
    Files.setPosixFilePermissions(directory, modes);
  }

  private static void give(Path path, int group) throws IOException {
    Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
  }
}
