package dev.reg.engine.limit;

import java.io.IOException;
import java.lang.System.Logger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A few groups made ahead, of the controllers that the last start wanted; none before a first start
 * has shown that they are wanted. Each is handed out once. What nobody used is removed at the end,
 * and after a crash when the next engine starts.
 */
final class GroupPool implements AutoCloseable {
  private static final Logger LOG = System.getLogger(GroupPool.class.getName());

  /** Milliseconds between attempts after one failed. */
  private static final long RETRY = 10_000;

  /** Makes groups of some controllers. */
  interface Maker {
    Group make(Set<Controller> controllers) throws IOException;
  }

  private final Maker maker;
  private final Consumer<Group> remover;
  private final int size;

  // Under this object's lock.
  private final Deque<Group> ready = new ArrayDeque<>();
  private final Deque<Group> unfit = new ArrayDeque<>();
  private @Nullable Set<Controller> kind;
  private @Nullable Thread filler;
  private boolean closing;

  // The filler's own.
  private boolean failing;

  /**
   * @param size how many are kept ready at most; 0 for none
   */
  GroupPool(Maker maker, Consumer<Group> remover, int size) {
    this.maker = maker;
    this.remover = remover;
    this.size = size;
  }

  int size() {
    return size;
  }

  synchronized int ready() {
    return ready.size();
  }

  /** From the pool, or made now. */
  Group take(Set<Controller> controllers) throws IOException {
    Group group = poll(controllers);
    return group == null ? maker.make(controllers) : group;
  }

  private synchronized @Nullable Group poll(Set<Controller> controllers) {
    if (!controllers.equals(kind)) {
      kind = Set.copyOf(controllers);
      unfit.addAll(ready);
      ready.clear();
    }
    Group group = ready.poll();
    if (filler == null && size > 0 && !closing) {
      filler = Thread.ofPlatform().name("reg-groups").daemon().start(this::fill);
    } else if (isLow()) {
      notifyAll();
    }
    return group;
  }

  /** Groups that are ready are in a place that is not to be used any more. */
  synchronized void drain() {
    unfit.addAll(ready);
    ready.clear();
    notifyAll();
  }

  private boolean isLow() {
    return ready.size() < (size + 1) / 2 || !unfit.isEmpty();
  }

  private void fill() {
    try {
      for (Set<Controller> wanted = awaitNeed(); wanted != null; wanted = awaitNeed()) {
        discardUnfit();
        if (lacks() && !add(wanted)) {
          pause();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * False when it cannot be: a start then makes its own, and fails with the reason if that fails
   * too.
   */
  private boolean add(Set<Controller> wanted) {
    try {
      add(wanted, maker.make(wanted));
      failing = false;
      return true;
    } catch (IOException e) {
      if (!failing) {
        LOG.log(Logger.Level.WARNING, "cannot make control groups ahead", e);
      }
      failing = true;
      return false;
    }
  }

  /** What is lacking now may be there later. */
  @SuppressWarnings("WaitNotInLoop") // waking early only means an earlier attempt
  private synchronized void pause() throws InterruptedException {
    if (!closing) {
      wait(RETRY);
    }
  }

  private synchronized boolean lacks() {
    return ready.size() < size;
  }

  /** Once few are left, until all are there again; null when the filler is to end. */
  private synchronized @Nullable Set<Controller> awaitNeed() throws InterruptedException {
    if (!lacks() && unfit.isEmpty()) {
      while (!closing && !isLow()) {
        wait();
      }
    }
    return closing ? null : kind;
  }

  private synchronized void add(Set<Controller> wanted, Group group) {
    (wanted.equals(kind) ? ready : unfit).add(group);
  }

  private void discardUnfit() {
    for (Group group = pollUnfit(); group != null; group = pollUnfit()) {
      remover.accept(group);
    }
  }

  private synchronized @Nullable Group pollUnfit() {
    return unfit.poll();
  }

  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      closing = true;
      running = filler;
      notifyAll();
    }
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    synchronized (this) {
      unfit.addAll(ready);
      ready.clear();
    }
    discardUnfit();
  }
}
