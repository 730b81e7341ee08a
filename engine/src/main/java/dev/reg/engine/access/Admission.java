package dev.reg.engine.access;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import dev.reg.linux.Processes;
import java.util.OptionalInt;

/**
 * Who may speak to the engine at all: root, the engine's own user, and the members of one group.
 *
 * @param group empty when no group is admitted
 */
public record Admission(OptionalInt group) {
  /** Root and the engine's own user. */
  public static Admission ofRoot() {
    return new Admission(OptionalInt.empty());
  }

  /** NOT_PERMITTED for somebody else, whatever the socket's permissions say. */
  public void check(Peer peer) throws RegException {
    boolean admitted =
        peer.uid() == 0
            || peer.uid() == Processes.userId()
            || (group.isPresent() && peer.isIn(group.getAsInt()));
    if (!admitted) {
      throw new RegException(
          ErrorKind.NOT_PERMITTED,
          "user "
              + Integer.toUnsignedString(peer.uid())
              + " may not use this engine: only root"
              + (group.isPresent()
                  ? " and members of the group "
                      + Integer.toUnsignedString(group.getAsInt())
                      + " may (a new membership counts from the next login on)"
                  : " may, as no group is set up for it (`group` in engine.yaml)"));
    }
  }
}
