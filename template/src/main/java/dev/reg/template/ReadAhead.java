package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.Ingest;
import dev.reg.store.ObjectId;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Takes files into an ingest, several at once: hashing them takes a processor longer than reading
 * does. What cannot be read, or is something else than was said, is left out; whoever goes on to
 * read what is missing finds it, too, and tells it in its place. Closing it waits for all.
 */
final class ReadAhead implements AutoCloseable {
  private static final int THREADS = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);

  private final Ingest ingest;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  /** How many more files may be open. */
  private final Semaphore open = new Semaphore(4 * THREADS);

  ReadAhead(Ingest ingest) {
    this.ingest = ingest;
  }

  /** Opens a source. */
  interface Opening {
    Source open() throws IOException, RegException;
  }

  /** The source is opened by the calling thread. */
  void add(ObjectId object, Opening opening) {
    try {
      if (opening.open() instanceof Source.File file) {
        open.acquireUninterruptibly();
        threads.execute(() -> take(object, file));
      }
    } catch (IOException | RegException e) {
      // Left out.
    }
  }

  private void take(ObjectId object, Source.File file) {
    try (InputStream content = file.content()) {
      ingest.add(content, object.mode(), object.digest());
    } catch (IOException | RegException e) {
      // Left out.
    } finally {
      open.release();
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
