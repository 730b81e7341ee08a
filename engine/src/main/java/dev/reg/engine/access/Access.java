package dev.reg.engine.access;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import dev.reg.linux.Processes;
import java.util.Map;

/**
 * What one caller may. Everything about that is decided here, by the kernel's word on who is at the
 * other end of the connection.
 *
 * <p>Root and the engine's own user may everything. Anybody else may run and generate from the
 * repository and the catalog, as themselves and without capabilities, and sees nothing but their
 * own containers: another's is answered as one that does not exist.
 */
public final class Access {
  /** Commands that change what all users share, and what they do to it. */
  private static final Map<String, String> RESERVED =
      Map.of(
          "template import",
          "add templates of their own: everybody uses them; build one of the catalog's",
          "template remove",
          "remove templates: everybody uses them",
          "template update",
          "update templates: everybody uses them",
          "prune",
          "prune: what nobody holds now, others will want again",
          "trace",
          "trace: it lays out all packages of what everybody uses",
          "engine stop",
          "stop the engine: it serves everybody");

  private final Peer peer;
  private final boolean whole;

  private Access(Peer peer, boolean whole) {
    this.peer = peer;
    this.whole = whole;
  }

  public static Access of(Peer peer) {
    return of(peer, Processes.userId());
  }

  static Access of(Peer peer, int engineUser) {
    return new Access(peer, peer.uid() == 0 || peer.uid() == engineUser);
  }

  /** Whether containers of this user are confined to the user's own rights, whoever starts them. */
  public static boolean isConfined(int owner) {
    return owner != 0 && owner != Processes.userId();
  }

  public Peer peer() {
    return peer;
  }

  /** The caller's user. */
  public int user() {
    return peer.uid();
  }

  /** Whether the caller may everything: root, or the engine's own user. */
  public boolean isWhole() {
    return whole;
  }

  /** Whether containers of this user exist for the caller, to be shown and to be changed. */
  public boolean sees(int owner) {
    return whole || owner == peer.uid();
  }

  /**
   * Whether the caller may use a command at all.
   *
   * @param command its full name, {@code template remove}
   * @throws RegException NOT_PERMITTED when it is not for this caller, whatever its arguments
   */
  public void check(String command) throws RegException {
    String what = RESERVED.get(command);
    if (what != null) {
      checkWhole(what);
    }
  }

  /**
   * For what only root may, of a command that is for all.
   *
   * @param what follows "only root may"
   * @throws RegException NOT_PERMITTED
   */
  public void checkWhole(String what) throws RegException {
    if (!whole) {
      throw new RegException(
          ErrorKind.NOT_PERMITTED,
          "you (uid "
              + Integer.toUnsignedString(peer.uid())
              + ") may not do this: only root may "
              + what);
    }
  }

  /**
   * Whom the caller's program may run as.
   *
   * @throws RegException NOT_PERMITTED for another user than the caller, or a group that the caller
   *     is no member of
   */
  public void checkRunsAs(int uid, int gid) throws RegException {
    if (whole || (uid == peer.uid() && peer.isIn(gid))) {
      return;
    }
    throw new RegException(
        ErrorKind.NOT_PERMITTED,
        "you may not run as "
            + Integer.toUnsignedString(uid)
            + ":"
            + Integer.toUnsignedString(gid)
            + ": only root names another user; your programs run as uid "
            + Integer.toUnsignedString(peer.uid())
            + " and one of your groups");
  }
}
