package dev.reg.engine.protocol;

import dev.reg.linux.Epoll;
import dev.reg.linux.EventFd;
import dev.reg.linux.Fd;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One thread that serves all conversations no worker attends to: thousands of foreground runs cost
 * a descriptor each, not a thread each.
 */
public final class AttachLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("attach");
  private static final long WAKE = 0;

  private final Epoll epoll;
  private final EventFd wake;
  private final ConcurrentHashMap<Long, Line> lines = new ConcurrentHashMap<>();
  private final AtomicLong keys = new AtomicLong(WAKE + 1);
  private final Thread thread = Thread.ofPlatform().name("attach").daemon().unstarted(this::run);
  private volatile boolean closed;

  public AttachLoop() throws IOException {
    epoll = Epoll.create();
    try {
      wake = EventFd.create();
    } catch (IOException e) {
      epoll.close();
      throw e;
    }
    epoll.add(wake.fd(), Epoll.IN, WAKE);
  }

  public void start() {
    thread.start();
  }

  /** Conversations under way here. */
  public int size() {
    return lines.size();
  }

  /** Says GOODBYE to every client that is attached. */
  public void goodbye() {
    for (Line line : List.copyOf(lines.values())) {
      line.goodbye();
    }
  }

  /** Watches a line; returns the key to change and remove it by. */
  long add(Line line, Fd socket, int events) throws SyscallException {
    long key = keys.getAndIncrement();
    lines.put(key, line);
    try {
      epoll.add(socket, events, key);
    } catch (SyscallException e) {
      lines.remove(key);
      throw e;
    }
    return key;
  }

  void change(long key, Fd socket, int events) throws SyscallException {
    epoll.modify(socket, events, key);
  }

  /** Forgets a line; closing its socket, right after, ends the kernel's watch. */
  void remove(long key) {
    lines.remove(key);
  }

  private void run() {
    while (!closed) {
      try {
        int n = epoll.await(-1);
        for (int i = 0; i < n; i++) {
          serve(epoll.key(i), epoll.events(i));
        }
      } catch (SyscallException e) {
        LOG.log(System.Logger.Level.ERROR, "attach loop ends", e);
        return;
      }
    }
  }

  private void serve(long key, int events) {
    Line line = lines.get(key);
    if (line == null) {
      return; // the wake-up, or one that ended while its event was on the way
    }
    try {
      line.ready(events);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "serving an attached client", e);
      line.drop();
    }
  }

  /** Ends the thread and drops what is still attached, without a word. */
  @Override
  public void close() throws IOException {
    closed = true;
    wake.signal();
    boolean interrupted = false;
    while (thread.isAlive() && !thread.equals(Thread.currentThread())) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    for (Line line : List.copyOf(lines.values())) {
      line.drop();
    }
    epoll.close();
    wake.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
