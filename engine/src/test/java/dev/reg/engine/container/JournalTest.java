package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.engine.lifecycle.State;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path directory;
  private RecordStore records;
  private Journal journal;
  private Layout layout;

  @BeforeEach
  void open() throws IOException {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    records = new RecordStore(layout);
    journal = new Journal(records);
  }

  @AfterEach
  void close() {
    journal.close();
  }

  /** What is recorded, and how often it was asked for. */
  private final class Subject implements Journal.Recorded {
    final Spec spec;
    final Semaphore asked = new Semaphore(0);
    private volatile int code;
    private volatile boolean removed;

    Subject(String id, boolean remove) throws IOException {
      spec = Samples.spec(Samples.id(id), "n" + id, remove);
      Files.createDirectories(layout.containerUpper(spec.id()));
    }

    @Override
    public Spec spec() {
      return spec;
    }

    @Override
    public Optional<ContainerRecord> record() {
      asked.release();
      return removed ? Optional.empty() : Optional.of(now());
    }

    ContainerRecord now() {
      return new ContainerRecord(
          spec, new Status(State.STOPPED, code, false, null, null, null, null));
    }

    void change(int to) {
      code = to;
      journal.changed(this);
    }
  }

  @Test
  void theFirstRecordIsThereWhenCreateReturns() throws Exception {
    Subject kept = new Subject("a", false);
    Subject passing = new Subject("b", true);
    journal.create(kept);
    journal.create(passing);
    assertThat(records.load()).containsExactlyInAnyOrder(kept.now(), passing.now());
  }

  @Test
  void manyChangesAreFewWritesAndTheLastOneStays() throws Exception {
    journal.open();
    List<Subject> subjects = List.of(new Subject("a", false), new Subject("b", true));
    for (int i = 0; i < 10_000; i++) {
      subjects.get(i % 2).change(i % 256);
    }
    journal.close();
    assertThat(records.load())
        .containsExactlyInAnyOrder(subjects.get(0).now(), subjects.get(1).now());
    assertThat(subjects).allMatch(s -> s.asked.availablePermits() < 1_000);
  }

  @Test
  void aChangeIsWrittenSoonWithoutAnyClose() throws Exception {
    journal.open();
    Subject subject = new Subject("a", false);
    journal.create(subject);
    subject.asked.drainPermits();
    subject.change(7);
    assertThat(subject.asked.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    journal.delete(subject.spec); // waits for the write that has begun
    subject.removed = true;
    assertThat(subject.asked.availablePermits()).isZero();
  }

  @Test
  void whatIsDeletedIsNeverWrittenAgain() throws Exception {
    journal.open();
    List<Subject> subjects =
        IntStream.range(0, 100)
            .mapToObj(
                i -> {
                  try {
                    return new Subject(String.format("%02x", i), i % 2 == 0);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                })
            .toList();
    for (Subject subject : subjects) {
      journal.create(subject);
      subject.change(1);
    }
    for (Subject subject : subjects) {
      subject.change(2);
      subject.removed = true;
      journal.delete(subject.spec);
      journal.changed(subject); // an event that comes late
    }
    journal.close();
    for (Subject subject : subjects) {
      assertThat(records.path(subject.spec)).doesNotExist();
    }
  }

  @Test
  void aContainerThatIsNotInItsPlaceYetDoesNotStopTheOthers() throws Exception {
    journal.open();
    Subject early = new Subject("a", false);
    Files.delete(layout.containerUpper(early.spec.id()));
    Files.delete(layout.container(early.spec.id()));
    Subject other = new Subject("b", false);
    early.change(1);
    other.change(1);
    journal.close();
    assertThat(records.load()).containsExactly(other.now());
  }
}
