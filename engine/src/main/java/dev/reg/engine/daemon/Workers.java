package dev.reg.engine.daemon;

import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait in accept on the same listener; whoever gets a connection serves it himself, so
 * a request crosses no queue. There is always one more waiting than working, up to a bound; those
 * too many end after their request.
 */
final class Workers {
  private static final System.Logger LOG = System.getLogger("workers");

  /** Requests served at once; more wait in the listener's backlog. */
  private static final int MOST = 512;

  /** Threads kept waiting. */
  private static final int IDLE = 4;

  /** Bytes of stack: address space, of which a request touches some 40 KB. */
  private static final long STACK = 512 * 1024;

  /** Milliseconds to wait when the process has no descriptor left for another connection. */
  private static final long EXHAUSTED = 50;

  private final Fd listener;
  private final Consumer<Fd> server;

  // Under this object's lock.
  private int total;
  private int idle;
  private int named;
  private boolean stopping;

  /** {@code server} serves a connection on the calling thread and closes it on every path. */
  Workers(Fd listener, Consumer<Fd> server) {
    this.listener = listener;
    this.server = server;
  }

  synchronized void start() {
    while (idle < IDLE) {
      spawn();
    }
  }

  private void spawn() {
    total++;
    idle++;
    // Daemon threads: one that is still blocked in accept does not keep the process.
    Thread.ofPlatform().name("worker-" + ++named).stackSize(STACK).daemon().start(this::run);
  }

  private void run() {
    while (true) {
      Fd socket = accept();
      if (socket == null) {
        return;
      }
      server.accept(socket);
      synchronized (this) {
        if (stopping || idle >= IDLE) {
          total--;
          notifyAll();
          return;
        }
        idle++;
      }
    }
  }

  /** Null when this thread is to end. */
  private @Nullable Fd accept() {
    while (true) {
      Fd socket = null;
      int errno = 0;
      try {
        socket = Sockets.accept(listener);
      } catch (SyscallException e) {
        errno = e.errno();
      }
      synchronized (this) {
        if (stopping || (socket == null && !passing(errno))) {
          idle--;
          total--;
          notifyAll();
          if (socket != null) {
            socket.close();
          }
          return null;
        }
        if (socket != null) {
          idle--;
          if (idle == 0 && total < MOST) {
            spawn();
          }
          return socket;
        }
      }
      pause(errno);
    }
  }

  /** Whether accept may be tried again: accept(2), "Error handling". */
  private static boolean passing(int errno) {
    return switch (errno) {
      case Errno.ECONNABORTED, Errno.EPROTO -> true;
      case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM -> true;
      default -> {
        LOG.log(System.Logger.Level.ERROR, "accept: " + Errno.describe(errno));
        yield false;
      }
    };
  }

  private static void pause(int errno) {
    if (errno == Errno.ECONNABORTED || errno == Errno.EPROTO) {
      return;
    }
    LOG.log(System.Logger.Level.WARNING, "accept: " + Errno.describe(errno));
    try {
      Thread.sleep(EXHAUSTED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Requests being served now. */
  synchronized int active() {
    return total - idle;
  }

  /** Accepts nothing more. Who is still waiting in accept is woken by closing the listener. */
  synchronized void stop() {
    stopping = true;
  }

  /** Waits until the requests under way are done; false when the time is over first. */
  synchronized boolean awaitIdle(long milliseconds) {
    long deadline = System.nanoTime() + milliseconds * 1_000_000;
    while (total - idle > 0) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
