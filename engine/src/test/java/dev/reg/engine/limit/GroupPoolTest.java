package dev.reg.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupPoolTest {
  private static final int SIZE = 4;
  private static final long PATIENCE = 10_000_000_000L;
  private static final Set<Controller> MEMORY = Set.of(Controller.MEMORY);

  private final AtomicInteger made = new AtomicInteger();
  private final List<Group> removed = new CopyOnWriteArrayList<>();
  private volatile boolean full;
  private final GroupPool pool = new GroupPool(this::make, removed::add, SIZE);

  private Group make(Set<Controller> controllers) throws IOException {
    if (full) {
      throw new IOException("no groups today");
    }
    return new Group("c-" + made.incrementAndGet(), List.of(), null);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private void awaitReady() throws Exception {
    for (long end = System.nanoTime() + PATIENCE; pool.ready() < SIZE; Thread.sleep(1)) {
      assertThat(System.nanoTime()).as("%s ready", pool.ready()).isLessThan(end);
    }
  }

  @Test
  void nothingIsMadeAheadBeforeAFirstStart() throws Exception {
    Thread.sleep(20);
    assertThat(made).hasValue(0);
    pool.take(MEMORY);
    awaitReady();
    assertThat(made).hasValue(1 + SIZE);
  }

  @Test
  void eachIsHandedOutOnce() throws Exception {
    Group first = pool.take(MEMORY);
    awaitReady();
    assertThat(pool.take(MEMORY)).isNotSameAs(first);
    assertThat(removed).isEmpty();
  }

  @Test
  void othersAreRemovedWhenAnotherKindIsWanted() throws Exception {
    pool.take(MEMORY);
    awaitReady();
    pool.take(Set.of(Controller.PIDS));
    awaitReady();
    assertThat(removed).hasSize(SIZE);
  }

  @Test
  void itFillsAgainAfterATimeWithoutGroups() throws Exception {
    full = true;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> pool.take(MEMORY)).hasMessage("no groups today");
      Thread.sleep(20);
    }
    assertThat(pool.ready()).isZero();
    full = false;
    pool.take(MEMORY);
    awaitReady();
  }

  @Test
  void closingRemovesWhatNobodyHad() throws Exception {
    pool.take(MEMORY);
    awaitReady();
    pool.close();
    assertThat(removed).hasSize(SIZE);
    assertThat(pool.ready()).isZero();
  }
}
