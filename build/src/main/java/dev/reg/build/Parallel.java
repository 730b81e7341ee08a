package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** The same work for many things, on as many threads as there are processors, but a few. */
final class Parallel {
  /** Each may have a subprocess and buffers of its own. */
  static final int THREADS = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);

  private Parallel() {}

  /** What is done for one of them. */
  interface Work<T, R> {
    R of(T one) throws IOException, RegException;
  }

  /** The results, in the order of the things. Throws what the first of them that failed threw. */
  static <T, R> List<R> map(Collection<T> things, Work<T, R> work)
      throws IOException, RegException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<R>> futures = new ArrayList<>(things.size());
      for (T one : things) {
        futures.add(threads.submit(() -> work.of(one)));
      }
      List<R> results = new ArrayList<>(things.size());
      for (Future<R> future : futures) {
        results.add(result(future));
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Something beside what the caller goes on with; {@link #result} has it. */
  static <R> Future<R> start(Callable<R> work) {
    FutureTask<R> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  /** Waits for it; throws what it threw. */
  static <R> R result(Future<R> future) throws IOException, RegException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "cannot build the template: interrupted", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RegException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e); // nothing else is declared
      }
    }
  }
}
