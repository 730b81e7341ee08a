package dev.reg.engine.limit;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A few groups made ahead in each hierarchy that a start has wanted: whatever limits the next one
 * has, it takes one of each hierarchy that these need. None are made before a first start has shown
 * that they are wanted. Each is handed out once. What nobody used is removed at the end, and after
 * a crash when the next engine starts.
 */
final class GroupPool implements AutoCloseable {
  private static final Logger LOG = System.getLogger(GroupPool.class.getName());

  /** Milliseconds between attempts after one failed. */
  private static final long RETRY = 10_000;

  /**
   * Milliseconds that filling leaves to the start after which few are left: the kernel makes one
   * group at a time, and clones into one under the same lock (cgroup_mutex). When none is left in a
   * hierarchy, the next start would make its own: then it is filled at once.
   */
  private static final long SETTLING = 20;

  /** Makes a group in a hierarchy, which is known by where it is mounted. */
  interface Maker {
    Leaf make(Path hierarchy) throws IOException;
  }

  private final Maker maker;
  private final Consumer<Leaf> remover;
  private final int size;
  private final long settling;

  // Under this object's lock.
  private final Map<Path, Deque<Leaf>> ready = new LinkedHashMap<>();
  private final Deque<Leaf> unfit = new ArrayDeque<>();
  private long drains;
  private long wishes;
  private @Nullable Thread filler;
  private boolean closing;
  private boolean settles;

  /** In which none could be made when it was last tried. */
  private final Set<Path> barren = new HashSet<>();

  // The filler's own.
  private boolean failing;

  /**
   * @param size how many are kept ready in each hierarchy at most; 0 for none
   */
  GroupPool(Maker maker, Consumer<Leaf> remover, int size) {
    this(maker, remover, size, SETTLING);
  }

  /**
   * @param settling milliseconds that filling leaves to a start
   */
  GroupPool(Maker maker, Consumer<Leaf> remover, int size, long settling) {
    this.maker = maker;
    this.remover = remover;
    this.size = size;
    this.settling = settling;
  }

  /** At most so many in each hierarchy. */
  int size() {
    return size;
  }

  /** In all hierarchies together. */
  synchronized int ready() {
    return ready.values().stream().mapToInt(Deque::size).sum();
  }

  /** Whether filling is left for later, for the sake of a start. */
  synchronized boolean isSettling() {
    return settles;
  }

  /**
   * One in each of these hierarchies, from the pool, or made now; none stays when one cannot be
   * made.
   */
  Map<Path, Leaf> take(Set<Path> hierarchies) throws IOException {
    Map<Path, Leaf> taken = poll(hierarchies);
    boolean done = false;
    try {
      for (Path hierarchy : hierarchies) {
        if (!taken.containsKey(hierarchy)) {
          taken.put(hierarchy, maker.make(hierarchy));
        }
      }
      done = true;
      return taken;
    } finally {
      if (!done) {
        taken.values().forEach(remover);
      }
    }
  }

  private synchronized Map<Path, Leaf> poll(Set<Path> hierarchies) {
    Map<Path, Leaf> taken = new HashMap<>();
    for (Path hierarchy : hierarchies) {
      Leaf leaf = ready.computeIfAbsent(hierarchy, h -> new ArrayDeque<>(size)).poll();
      if (leaf != null) {
        taken.put(hierarchy, leaf);
      }
    }
    if (filler == null && size > 0 && !closing) {
      filler = Thread.ofPlatform().name("reg-groups").daemon().start(this::fill);
    } else if (isLow()) {
      wishes++;
      notifyAll();
    }
    return taken;
  }

  /** Groups that are ready are in a place that is not to be used any more. */
  synchronized void drain() {
    drains++;
    ready.values().forEach(unfit::addAll);
    ready.values().forEach(Deque::clear);
    notifyAll();
  }

  private boolean isLow() {
    return !unfit.isEmpty() || ready.values().stream().anyMatch(r -> r.size() < (size + 1) / 2);
  }

  private void fill() {
    try {
      while (awaitNeed()) {
        discardUnfit();
        long before = wishes();
        boolean all = true;
        for (Path hierarchy : wanted()) {
          all &= fill(hierarchy);
        }
        if (!all) {
          pause(before);
        }
        failing = !all;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * False when it cannot be: a start then makes its own, and fails with the reason if that fails
   * too.
   */
  private boolean fill(Path hierarchy) {
    try {
      for (long since = lacking(hierarchy); since >= 0; since = lacking(hierarchy)) {
        add(hierarchy, maker.make(hierarchy), since);
      }
      tried(hierarchy, true);
      return true;
    } catch (IOException e) {
      tried(hierarchy, false);
      if (!failing) {
        LOG.log(Logger.Level.WARNING, "cannot make control groups ahead", e);
      }
      return false;
    }
  }

  private synchronized long wishes() {
    return wishes;
  }

  /**
   * What is lacking now may be there later.
   *
   * @param before wishes known when the attempt began: whoever came since is not to wait
   */
  @SuppressWarnings("WaitNotInLoop") // waking early only means an earlier attempt
  private synchronized void pause(long before) throws InterruptedException {
    if (!closing && wishes == before) {
      wait(RETRY);
    }
  }

  private synchronized List<Path> wanted() {
    return List.copyOf(ready.keySet());
  }

  /** How often the pool was drained so far; -1 when nothing is lacking. */
  private synchronized long lacking(Path hierarchy) {
    Deque<Leaf> there = ready.get(hierarchy);
    return closing || there == null || there.size() >= size ? -1 : drains;
  }

  private synchronized void tried(Path hierarchy, boolean filled) {
    if (filled) {
      barren.remove(hierarchy);
    } else {
      barren.add(hierarchy);
    }
  }

  /** One that cannot be filled is no reason for haste in the others. */
  private boolean isEmpty() {
    return ready.entrySet().stream()
        .anyMatch(each -> each.getValue().isEmpty() && !barren.contains(each.getKey()));
  }

  /** Once few are left in one; false when the filler is to end. */
  private synchronized boolean awaitNeed() throws InterruptedException {
    while (!closing && !isLow()) {
      wait();
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settling);
    for (long left = settling; left > 0 && !closing && !isEmpty(); ) {
      settles = true;
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    settles = false;
    return !closing;
  }

  /** What was being made while the pool was drained may be in the place that was left. */
  private synchronized void add(Path hierarchy, Leaf leaf, long since) {
    Deque<Leaf> there = ready.get(hierarchy);
    (since == drains && there != null ? there : unfit).add(leaf);
  }

  private void discardUnfit() {
    for (Leaf leaf = pollUnfit(); leaf != null; leaf = pollUnfit()) {
      remover.accept(leaf);
    }
  }

  private synchronized @Nullable Leaf pollUnfit() {
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
    drain();
    discardUnfit();
  }
}
