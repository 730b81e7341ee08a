package dev.reg.engine.container;

import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.Group;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Deletes what removed containers leave, one after the other, on a thread of its own. */
final class Cleaner implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Cleaner.class.getName());
  private static final long CLOSE_SECONDS = 10;

  private final Layout layout;
  private final Journal journal;
  private final RecordStore records;
  private final Trash trash;
  private final ControlGroups groups;
  private final EnvironmentStore environments;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("reg-cleaner").daemon().factory());

  Cleaner(
      Layout layout,
      Journal journal,
      RecordStore records,
      Trash trash,
      ControlGroups groups,
      EnvironmentStore environments) {
    this.layout = layout;
    this.journal = journal;
    this.records = records;
    this.trash = trash;
    this.groups = groups;
    this.environments = environments;
  }

  /** Goes on deleting what an earlier engine had begun to. */
  void open() {
    execute(() -> {}, "the trash");
  }

  /**
   * Deletes everything of a container, which is Removed, in the background.
   *
   * @param placed completes when it is in its place; a start may still be busy with that
   */
  void clean(Spec spec, CompletableFuture<Void> placed) {
    thread.execute(
        () -> {
          try {
            placed.join();
            // The record first: without it the directory is no container's any more.
            journal.delete(spec);
            new Exits(layout).delete(spec.id());
            trash.delete(layout.container(spec.id()));
            environments.released(spec.environment());
          } catch (IOException e) {
            LOG.log(Logger.Level.ERROR, "cannot delete what is left of " + spec.id(), e);
          }
        });
  }

  /** Removes the control groups of a run whose processes are gone. */
  void remove(Group group) {
    thread.execute(() -> groups.remove(group));
  }

  /** Moves a container's directory, which is Removed, away at once; deletes it later. */
  void removeNow(Spec spec) throws IOException {
    journal.delete(spec);
    records.discard(layout.container(spec.id()));
    execute(
        () -> {
          new Exits(layout).delete(spec.id());
          environments.released(spec.environment());
        },
        spec.id());
  }

  /** Something that may block, out of order with nothing. */
  interface Task {
    void run() throws IOException;
  }

  private void execute(Task task, String what) {
    thread.execute(
        () -> {
          try {
            task.run();
            trash.empty();
          } catch (IOException e) {
            LOG.log(Logger.Level.ERROR, "cannot delete what is left of " + what, e);
          }
        });
  }

  /** Waits until what was given to it so far is deleted, or the time is over. */
  void awaitQuiet(Duration patience) {
    try {
      CompletableFuture.runAsync(() -> {}, thread).get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.log(Logger.Level.DEBUG, "deletion goes on in the background");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Logger.Level.INFO, "the next engine will go on deleting");
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
