package dev.reg.linux;

import java.util.List;

/**
 * Who connected (SO_PEERCRED, SO_PEERGROUPS): as of connect(2), in our namespaces.
 *
 * @param uid effective; an unsigned number
 * @param gid effective
 * @param groups supplementary ones; empty for root
 */
public record Peer(int pid, int uid, int gid, List<Integer> groups) {
  public Peer {
    groups = List.copyOf(groups);
  }

  /** Whether it is its effective or a supplementary group. */
  public boolean isIn(int group) {
    return gid == group || groups.contains(group);
  }
}
