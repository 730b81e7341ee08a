package dev.reg.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupPoolTest {
  private static final int SIZE = 4;
  private static final long PATIENCE = 10_000_000_000L;
  private static final Path MEMORY = Path.of("/groups/memory");
  private static final Path PIDS = Path.of("/groups/pids");

  private final AtomicInteger made = new AtomicInteger();
  private final List<Leaf> removed = new CopyOnWriteArrayList<>();
  private volatile @Nullable Path full;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private GroupPool pool = new GroupPool(this::make, removed::add, SIZE);

  private Leaf make(Path hierarchy) throws IOException {
    if (hierarchy.equals(full)) {
      throw new IOException("no groups today");
    }
    Leaf leaf = new Leaf(hierarchy.resolve("c-" + made.incrementAndGet()), false);
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return leaf;
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private void await(Condition condition) throws Exception {
    for (long end = System.nanoTime() + PATIENCE; !condition.holds(); Thread.sleep(1)) {
      assertThat(System.nanoTime())
          .as("%s ready, %s removed", pool.ready(), removed)
          .isLessThan(end);
    }
  }

  private void awaitReady(int count) throws Exception {
    await(() -> pool.ready() == count);
  }

  @Test
  void nothingIsMadeAheadBeforeAFirstStart() throws Exception {
    Thread.sleep(20);
    assertThat(made).hasValue(0);
    pool.take(Set.of(MEMORY));
    awaitReady(SIZE);
    assertThat(made).hasValue(1 + SIZE);
  }

  @Test
  void eachIsHandedOutOnce() throws Exception {
    List<Leaf> taken = new ArrayList<>();
    for (int i = 0; i < 3 * SIZE; i++) {
      taken.addAll(pool.take(Set.of(MEMORY, PIDS)).values());
    }
    assertThat(taken).hasSize(6 * SIZE).doesNotHaveDuplicates();
    // One that is still half full when the last was taken is not filled up.
    await(() -> pool.ready() >= 2 * (SIZE / 2));
    assertThat(removed).isEmpty();
  }

  @Test
  void anyCombinationOfHierarchiesThatWereWantedIsThere() throws Exception {
    pool.take(Set.of(MEMORY));
    pool.take(Set.of(PIDS));
    awaitReady(2 * SIZE);
    int before = made.get();
    gate = new CountDownLatch(1); // nothing is made from here on
    Map<Path, Leaf> both = pool.take(Set.of(MEMORY, PIDS));
    Map<Path, Leaf> one = pool.take(Set.of(PIDS));
    assertThat(both).containsOnlyKeys(MEMORY, PIDS);
    both.forEach(
        (hierarchy, leaf) -> assertThat(leaf.directory().getParent()).isEqualTo(hierarchy));
    assertThat(one).containsOnlyKeys(PIDS);
    assertThat(made).hasValue(before);
    assertThat(removed).isEmpty();
    gate.countDown();
  }

  @Test
  void theRestIsGivenBackWhenOneCannotBeMade() {
    full = PIDS;
    assertThatThrownBy(() -> pool.take(new LinkedHashSet<>(List.of(MEMORY, PIDS))))
        .hasMessage("no groups today");
    assertThat(removed).hasSize(1).allMatch(l -> l.directory().startsWith(MEMORY));
  }

  @Test
  void aHierarchyThatIsFullDoesNotKeepOthersFromFilling() throws Exception {
    full = MEMORY;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> pool.take(Set.of(MEMORY))).hasMessage("no groups today");
    }
    pool.take(Set.of(PIDS));
    awaitReady(SIZE);
    full = null;
    pool.take(Set.of(MEMORY));
    awaitReady(2 * SIZE);
  }

  @Test
  void whatIsInAPlaceThatWasLeftIsRemoved() throws Exception {
    pool.take(Set.of(MEMORY));
    awaitReady(SIZE);
    CountDownLatch slow = new CountDownLatch(1);
    gate = slow;
    int before = made.get();
    for (int i = 0; i < SIZE; i++) {
      pool.take(Set.of(MEMORY));
    }
    await(() -> made.get() == before + 1);
    pool.drain(); // one is just being made
    gate = new CountDownLatch(0);
    slow.countDown();
    await(() -> removed.stream().anyMatch(l -> l.name().equals("c-" + (before + 1))));
    awaitReady(SIZE);
  }

  /** A pool in which filling is left for later until there is a reason for haste. */
  private void settleForGood() {
    pool = new GroupPool(this::make, removed::add, SIZE, 3_600_000);
  }

  private void takeUntilFillingSettles(Path hierarchy) throws Exception {
    await(
        () -> {
          if (!pool.isSettling() && pool.ready() > 1) {
            pool.take(Set.of(hierarchy));
          }
          return pool.isSettling();
        });
  }

  /** Nothing is made meanwhile, until none is left: then all are. */
  private void takeWhatIsLeft(Path hierarchy) throws Exception {
    int before = made.get();
    for (int left = pool.ready(); left > 0; left--) {
      assertThat(pool.isSettling()).isTrue();
      assertThat(made).hasValue(before);
      pool.take(Set.of(hierarchy));
    }
    awaitReady(SIZE);
  }

  @Test
  void fillingWaitsForTheStartThatLeftFewAndNotForTheOneThatLeftNone() throws Exception {
    settleForGood();
    pool.take(Set.of(MEMORY));
    awaitReady(SIZE); // at once: none was there
    takeUntilFillingSettles(MEMORY);
    assertThat(pool.ready()).isLessThan(SIZE / 2);
    takeWhatIsLeft(MEMORY);
  }

  @Test
  void aHierarchyThatCannotBeFilledLeavesStartsInOthersTheirTime() throws Exception {
    settleForGood();
    full = MEMORY;
    assertThatThrownBy(() -> pool.take(Set.of(MEMORY))).hasMessage("no groups today");
    pool.take(Set.of(PIDS));
    awaitReady(SIZE);
    takeUntilFillingSettles(PIDS);
    takeWhatIsLeft(PIDS);
  }

  @Test
  void closingRemovesWhatNobodyHad() throws Exception {
    pool.take(Set.of(MEMORY, PIDS));
    awaitReady(2 * SIZE);
    pool.close();
    assertThat(removed).hasSize(2 * SIZE).doesNotHaveDuplicates();
    assertThat(pool.ready()).isZero();
  }
}
