package dev.reg.engine.container;

import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes records that changed, off every start's and exit's path, by one thread. A container that
 * changes several times within the delay is written once; one that is removed within it, never.
 */
final class Journal implements AutoCloseable {
  /** What has a record, or had one until it was removed. */
  interface Recorded {
    Spec spec();

    /** As of now; empty once it is removed. */
    Optional<ContainerRecord> record();
  }

  /**
   * Long enough that a short run is over and never written; short, because what an engine's crash
   * loses has to be found again through the launcher.
   */
  private static final long DELAY_NANOS = 50_000_000;

  /** How long records gather before they are made durable. */
  private static final long SYNC_DELAY_NANOS = 1_000_000_000;

  private static final Logger LOG = System.getLogger(Journal.class.getName());

  private final RecordStore records;
  private final Object lock = new Object();
  // Taken around one write or delete: a record is never written after it was deleted.
  private final Object writing = new Object();
  private final Map<String, Recorded> dirty = new LinkedHashMap<>();
  private final Map<String, Recorded> unsynced = new LinkedHashMap<>();
  private final Thread thread;
  private boolean closing;

  Journal(RecordStore records) {
    this.records = records;
    this.thread = Thread.ofPlatform().name("reg-journal").daemon().unstarted(this::work);
  }

  void open() {
    thread.start();
  }

  /** The container's record is to be written again. */
  void changed(Recorded container) {
    enqueue(dirty, container);
  }

  /** Writes a container's first record, and lets it become durable. */
  void create(Recorded container) throws IOException, RegException {
    synchronized (writing) {
      Optional<ContainerRecord> record = container.record();
      if (record.isPresent()) {
        records.create(record.get());
      }
    }
    written(container);
  }

  /** Writes a container's record at once, for a change that a caller is told of. */
  void replace(Recorded container) throws IOException {
    synchronized (writing) {
      Optional<ContainerRecord> record = container.record();
      if (record.isPresent()) {
        records.replace(record.get());
        records.sync(container.spec());
      }
    }
  }

  /** The record has been written and is to be made durable. */
  private void written(Recorded container) {
    if (!container.spec().remove()) {
      enqueue(unsynced, container);
    }
  }

  private void enqueue(Map<String, Recorded> queue, Recorded container) {
    synchronized (lock) {
      boolean idle = dirty.isEmpty() && unsynced.isEmpty();
      queue.put(container.spec().id(), container);
      if (idle) {
        lock.notifyAll();
      }
    }
  }

  /** Deletes the record of a container whose {@link Recorded#record} is empty from now on. */
  void delete(Spec spec) throws IOException {
    synchronized (lock) {
      dirty.remove(spec.id());
      unsynced.remove(spec.id());
    }
    synchronized (writing) {
      records.delete(spec);
    }
  }

  private void work() {
    long lastSync = System.nanoTime();
    boolean more = true;
    while (more) {
      List<Recorded> batch;
      List<Recorded> durable = List.of();
      synchronized (lock) {
        more = gather();
        batch = new ArrayList<>(dirty.values());
        dirty.clear();
        unsynced.keySet().removeAll(batch.stream().map(c -> c.spec().id()).toList());
        if (!more || System.nanoTime() - lastSync > SYNC_DELAY_NANOS) {
          durable = new ArrayList<>(unsynced.values());
          unsynced.clear();
          lastSync = System.nanoTime();
        }
      }
      batch.forEach(this::write);
      if (more) {
        batch.forEach(this::written);
      } else {
        batch.forEach(this::sync);
      }
      durable.forEach(this::sync);
    }
  }

  /** Waits for work and lets more of it gather; false when this is the last round. */
  private boolean gather() {
    try {
      while (!closing && dirty.isEmpty() && unsynced.isEmpty()) {
        lock.wait();
      }
      long until = System.nanoTime() + DELAY_NANOS;
      for (long left = DELAY_NANOS; !closing && left > 0; left = until - System.nanoTime()) {
        lock.wait(left / 1_000_000 + 1);
      }
      return !closing;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void write(Recorded container) {
    try {
      synchronized (writing) {
        Optional<ContainerRecord> record = container.record();
        if (record.isPresent()) {
          records.replace(record.get());
        }
      }
    } catch (NoSuchFileException e) {
      // Its directory is not in its place yet; whoever puts it there writes the record.
      LOG.log(Logger.Level.DEBUG, "no place yet for the record of " + container.spec().id(), e);
    } catch (IOException e) {
      if (container.record().isPresent()) {
        LOG.log(Logger.Level.ERROR, "cannot write the record of " + container.spec().id(), e);
      }
    }
  }

  private void sync(Recorded container) {
    if (container.spec().remove()) {
      return;
    }
    try {
      records.sync(container.spec());
    } catch (IOException e) {
      if (container.record().isPresent()) {
        LOG.log(Logger.Level.ERROR, "cannot sync the record of " + container.spec().id(), e);
      }
    }
  }

  /** Writes what is pending and makes it durable. */
  @Override
  public void close() {
    synchronized (lock) {
      closing = true;
      lock.notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
