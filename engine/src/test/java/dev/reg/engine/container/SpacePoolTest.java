package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.environment.BaseLayer;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpacePoolTest {
  private static final int SIZE = 8;
  private static final long PATIENCE = 10_000_000_000L;

  @TempDir Path directory;
  private final List<Fd> made = new CopyOnWriteArrayList<>();
  private final List<Space> taken = new ArrayList<>();
  private volatile boolean failing;
  private Layout layout;
  private SpacePool pool;

  @BeforeEach
  void open() throws Exception {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    pool =
        new SpacePool(layout, new BaseLayer(layout), new Mounts(), new Trash(layout.trash()), SIZE);
    pool.open();
  }

  @AfterEach
  void close() throws Exception {
    pool.close();
    taken.forEach(pool::discard);
    // The base layer has links to places outside, at which JUnit would warn.
    new Trash(layout.trash()).delete(directory.resolve("root/bases"));
  }

  private final class Mounts implements Mounter {
    @Override
    public Fd root(
        String containerId, List<Path> lowers, Path upper, Path work, boolean volatileSync)
        throws IOException {
      assertThat(volatileSync).isTrue();
      if (failing) {
        throw new IOException("no mounts today");
      }
      return add();
    }

    @Override
    public Fd usr(Environment environment) throws IOException {
      return add();
    }

    private Fd add() throws IOException {
      Fd fd = Descriptors.memfd("mount", new byte[0]);
      made.add(fd);
      return fd;
    }

    @Override
    public Fd bind(Fd source, String shown, boolean readOnly) {
      throw new UnsupportedOperationException();
    }
  }

  private Environment environment() {
    Path place = directory.resolve("environment");
    return new Environment(Samples.ENVIRONMENT, place.resolve("usr"), place.resolve("root"), 1, 1L);
  }

  private Space take(Environment environment) throws IOException {
    Space space = pool.takeFor(environment);
    taken.add(space);
    return space;
  }

  /** Takes until one has mounts. */
  private Layers mounted(Environment environment) throws Exception {
    for (long end = System.nanoTime() + PATIENCE; System.nanoTime() < end; Thread.sleep(1)) {
      Space space = take(environment);
      if (space.layers() != null) {
        return space.layers();
      }
    }
    throw new AssertionError("no space with mounts");
  }

  private long open(List<Fd> fds) {
    return fds.stream().filter(Fd::isOpen).count();
  }

  @Test
  void aStartLikeTheOneBeforeGetsItsMountsAhead() throws Exception {
    Environment environment = environment();
    assertThat(take(environment).layers()).isNull();
    Layers layers = mounted(environment);
    assertThat(layers.show(environment)).isTrue();
    assertThat(layers.root().isOpen()).isTrue();
    assertThat(layers.usr().isOpen()).isTrue();
  }

  @Test
  void anotherEnvironmentOfTheSameDigestGetsNoneOfThem() throws Exception {
    Environment before = environment();
    mounted(before);
    Environment after = environment();
    assertThat(after).isEqualTo(before);
    assertThat(take(after).layers()).isNull();
    assertThat(mounted(after).show(after)).isTrue();
  }

  @Test
  void oneStartOfAnotherKindChangesNothing() throws Exception {
    Environment usual = environment();
    mounted(usual);
    assertThat(take(environment()).layers()).isNull();
    assertThat(mounted(usual).show(usual)).isTrue();
  }

  @Test
  void withoutAKindNothingIsMounted() throws Exception {
    for (int i = 0; i < 3 * SIZE; i++) {
      Space space = pool.take();
      taken.add(space);
      assertThat(space.layers()).isNull();
    }
    assertThat(made).isEmpty();
  }

  @Test
  void spacesGoOnWhenMountsCannotBeMade() throws Exception {
    failing = true;
    Environment environment = environment();
    for (int i = 0; i < 3 * SIZE; i++) {
      assertThat(take(environment).layers()).isNull();
    }
    failing = false;
    assertThat(mounted(environment).show(environment)).isTrue();
  }

  @Test
  void itFillsAgainAfterATimeInWhichNoneCouldBeMade() throws Exception {
    Path away = directory.resolve("away");
    for (long end = System.nanoTime() + PATIENCE; spares() < SIZE; Thread.sleep(1)) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
    Files.move(layout.spares(), away);
    for (int i = 0; i < SIZE; i++) {
      taken.add(pool.take());
      Thread.sleep(2);
    }
    assertThatThrownBy(pool::take).isInstanceOf(IOException.class);
    Files.move(away, layout.spares());
    taken.add(pool.take());
    for (long end = System.nanoTime() + PATIENCE; spares() < taken.size() + SIZE; Thread.sleep(1)) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private long spares() throws IOException {
    try (Stream<Path> spares = Files.list(layout.spares())) {
      return spares.count();
    }
  }

  @Test
  void closingLeavesNeitherDirectoriesNorDescriptors() throws Exception {
    mounted(environment());
    mounted(environment());
    pool.close();
    taken.forEach(pool::discard);
    assertThat(open(made)).isZero();
    try (Stream<Path> spares = Files.list(layout.spares());
        Stream<Path> exits = Files.list(Objects.requireNonNull(layout.exit("0").getParent()))) {
      assertThat(spares).isEmpty();
      assertThat(exits).isEmpty();
    }
  }
}
