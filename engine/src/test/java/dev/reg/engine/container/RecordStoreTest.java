package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.lifecycle.State;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordStoreTest {
  @TempDir Path directory;
  private Layout layout;
  private RecordStore store;

  private final ContainerRecord kept =
      new ContainerRecord(
          Samples.fullSpec(Samples.id("a"), "kept"), Status.initial(State.GENERATED));
  private final ContainerRecord passing =
      new ContainerRecord(
          Samples.spec(Samples.id("b"), "passing", true), Status.initial(State.GENERATED));

  @BeforeEach
  void open() throws IOException {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    store = new RecordStore(layout);
  }

  private void place(ContainerRecord container) throws IOException {
    Files.createDirectories(layout.containerUpper(container.spec().id()));
  }

  private List<Path> trash() throws IOException {
    try (Stream<Path> files = Files.list(layout.trash())) {
      return files.toList();
    }
  }

  @Test
  void whatWasCreatedIsLoaded() throws Exception {
    place(kept);
    place(passing);
    store.create(kept);
    store.create(passing);
    assertThat(new RecordStore(layout).load()).containsExactlyInAnyOrder(kept, passing);
    assertThat(store.path(kept.spec())).startsWith(layout.containers()).exists();
    assertThat(store.path(passing.spec())).startsWith(layout.runtimeRecords()).exists();
    store.delete(kept.spec());
    store.delete(kept.spec());
    store.delete(passing.spec());
    assertThat(store.load()).isEmpty();
  }

  @Test
  void aReplacedRecordIsTheNewOneWhole() throws Exception {
    place(kept);
    store.create(kept);
    ContainerRecord later =
        new ContainerRecord(
            kept.spec(), new Status(State.STOPPED, 3, false, null, null, null, null));
    store.replace(later);
    store.sync(later.spec());
    assertThat(store.load()).containsExactly(later);
    try (Stream<Path> files = Files.list(layout.container(kept.spec().id()))) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("container.json", "upper");
    }
  }

  @Test
  void aReplacementWithoutAPlaceSaysSoAndLeavesNothing() {
    assertThatThrownBy(() -> store.replace(kept)).isInstanceOf(NoSuchFileException.class);
    assertThat(layout.container(kept.spec().id())).doesNotExist();
  }

  /** The engine died while it replaced a record: the one before counts. */
  @Test
  void aHalfWrittenReplacementIsNothing() throws Exception {
    place(kept);
    store.create(kept);
    store.create(passing);
    byte[] half = Arrays.copyOf(RecordJson.write(kept), 100);
    Files.write(layout.container(kept.spec().id()).resolve(".container.json.new"), half);
    Path runtime = store.path(passing.spec());
    Files.write(runtime.resolveSibling("." + runtime.getFileName() + ".new"), half);
    assertThat(store.load()).containsExactlyInAnyOrder(kept, passing);
    try (Stream<Path> files = Files.list(layout.runtimeRecords())) {
      assertThat(files).containsExactly(runtime);
    }
  }

  @Test
  void aHalfWrittenFirstRecordIsNoContainer() throws Exception {
    place(kept);
    store.create(kept);
    byte[] whole = Files.readAllBytes(store.path(kept.spec()));
    Files.write(store.path(kept.spec()), Arrays.copyOf(whole, whole.length / 2));
    Files.write(store.path(passing.spec()), new byte[0]);
    assertThat(store.load()).isEmpty();
    assertThat(layout.container(kept.spec().id())).doesNotExist();
    assertThat(trash()).hasSize(1);
    assertThat(store.path(passing.spec())).doesNotExist();
  }

  @Test
  void aDirectoryWithoutARecordIsWhatACrashLeft() throws Exception {
    place(kept);
    assertThat(store.load()).isEmpty();
    assertThat(layout.container(kept.spec().id())).doesNotExist();
    assertThat(trash()).hasSize(1);
  }

  @Test
  void aRecordInAnothersPlaceIsNoContainer() throws Exception {
    place(kept);
    place(passing);
    store.create(kept);
    Files.copy(
        store.path(kept.spec()), layout.container(passing.spec().id()).resolve("container.json"));
    assertThat(store.load()).containsExactly(kept);
    assertThat(layout.container(passing.spec().id())).doesNotExist();
  }

  @Test
  void aContainerThatRemovesItselfKeepsItsDirectoryThoughItsRecordIsElsewhere() throws Exception {
    place(passing);
    store.create(passing);
    assertThat(store.load()).containsExactly(passing);
    assertThat(layout.container(passing.spec().id())).isDirectory();
    assertThat(trash()).isEmpty();
  }

  @Test
  void whatBelongsToANewerRegIsKept() throws Exception {
    place(kept);
    store.create(kept);
    Path path = store.path(kept.spec());
    // As a newer Reg would have written it.
    Files.writeString(path, Files.readString(path).replace("\"version\":1", "\"version\":2"));
    assertThatThrownBy(() -> store.load())
        .isInstanceOf(RegException.class)
        .hasMessageContaining("version 2");
    assertThat(path).exists();
    assertThat(trash()).isEmpty();
  }

  @Test
  void discardingWhatIsGoneIsNoError() throws Exception {
    store.discard(layout.container(kept.spec().id()));
    assertThat(trash()).isEmpty();
  }
}
