package dev.reg.engine.protocol;

import dev.reg.linux.Fd;
import dev.reg.linux.Peer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much of the engine each user who is not root takes up, so that one user's connections, left
 * half open or piled up, cost no other user an answer. Root has no bound and is not counted.
 *
 * <p>A connection is *working* while it has a thread, *waiting* while its user or all users
 * together have no thread to spare, and *open* from accept to its end. Who waits is served in turn,
 * the user with the fewest threads first.
 */
final class Shares {
  /** Threads of one user. */
  static final int WORKING = 64;

  /** Threads of all users together: a quarter of the workers is root's. */
  static final int ALL_WORKING = 384;

  /** Connections of one user, each a descriptor of ours. */
  static final int OPEN = 1024;

  /** Bytes of messages in several parts that are held for one user; one of 4 MiB fits. */
  static final int BYTES = 5 << 20;

  /** The same for all users together: what the engine's memory bears. */
  static final int ALL_BYTES = 8 << 20;

  /** A connection that waits for a thread. */
  record Waiting(Fd socket, Peer peer) {}

  /** What becomes of a connection. */
  enum Turn {
    SERVE,
    /** It is kept here until {@link #leave} hands it out. */
    WAIT,
    REFUSE
  }

  /** All guarded by the shares' lock. */
  private static final class User {
    int open;
    int working;
    int bytes;
    final Deque<Waiting> waiting = new ArrayDeque<>();
  }

  private final Map<Integer, User> users = new HashMap<>();
  private int allWorking;
  private int allBytes;

  /** Has a new connection take its place; after SERVE the calling thread serves it. */
  synchronized Turn enter(Peer peer, Fd socket) {
    User user = users.computeIfAbsent(peer.uid(), uid -> new User());
    if (user.open >= OPEN) {
      return Turn.REFUSE;
    }
    user.open++;
    if (user.working >= WORKING || allWorking >= ALL_WORKING) {
      user.waiting.add(new Waiting(socket, peer));
      return Turn.WAIT;
    }
    work(user);
    return Turn.SERVE;
  }

  private void work(User user) {
    user.working++;
    allWorking++;
  }

  /**
   * The calling thread has served a connection of this user.
   *
   * @return whom to serve next, its turn taken; null when nobody waits
   */
  synchronized @Nullable Waiting leave(int uid) {
    User before = users.get(uid);
    if (before != null) {
      before.working--;
      allWorking--;
      forgetIfGone(uid, before);
    }
    User next =
        users.values().stream()
            .filter(user -> !user.waiting.isEmpty() && user.working < WORKING)
            .min(Comparator.comparingInt(user -> user.working))
            .orElse(null);
    if (next == null) {
      return null;
    }
    work(next);
    return next.waiting.remove();
  }

  private synchronized void closed(int uid) {
    User user = users.get(uid);
    if (user != null) {
      user.open--;
      forgetIfGone(uid, user);
    }
  }

  private void forgetIfGone(int uid, User user) {
    if (user.open == 0 && user.working == 0) {
      users.remove(uid);
    }
  }

  private synchronized boolean take(int uid, int bytes) {
    User user = users.get(uid);
    if (user == null || bytes > BYTES - user.bytes || bytes > ALL_BYTES - allBytes) {
      return false;
    }
    user.bytes += bytes;
    allBytes += bytes;
    return true;
  }

  private synchronized void give(int uid, int bytes) {
    User user = users.get(uid);
    if (user != null) {
      user.bytes -= bytes;
      allBytes -= bytes;
    }
  }

  /** What one connection that was let in takes up. */
  Share share(int uid) {
    return new Share(uid);
  }

  /** One connection's part of its user's share. */
  final class Share {
    private final int uid;
    private int held;
    private boolean over;

    private Share(int uid) {
      this.uid = uid;
    }

    /** Takes memory for a message; false when there is none to spare. */
    synchronized boolean take(int bytes) {
      if (!Shares.this.take(uid, bytes)) {
        return false;
      }
      held += bytes;
      return true;
    }

    /** What was received is no longer held. */
    synchronized void release() {
      give(uid, held);
      held = 0;
    }

    /** The connection has ended; only the first call counts. */
    synchronized void end() {
      if (!over) {
        over = true;
        release();
        closed(uid);
      }
    }
  }

  /** Users that have connections. */
  synchronized int size() {
    return users.size();
  }
}
