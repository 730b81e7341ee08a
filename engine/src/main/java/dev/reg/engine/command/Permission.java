package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import dev.reg.linux.Processes;

/** Who may change what. */
final class Permission {
  private Permission() {}

  /** Root, the engine's own user, and whoever generated the container. */
  static void check(Peer peer, Container container) throws RegException {
    int owner = container.spec().owner().uid();
    if (peer.uid() != 0 && peer.uid() != owner && peer.uid() != Processes.userId()) {
      throw new RegException(
          ErrorKind.NOT_PERMITTED,
          "you (uid "
              + peer.uid()
              + ") may not change container "
              + container.name()
              + ": it belongs to uid "
              + owner);
    }
  }
}
