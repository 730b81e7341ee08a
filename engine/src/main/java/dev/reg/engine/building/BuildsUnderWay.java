package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One build a name, however many wait for it, and whoever of them leaves. */
final class BuildsUnderWay {
  private final Map<String, Build> underWay = new ConcurrentHashMap<>();

  /** Guards what builds wait for. */
  private final Object waits = new Object();

  /** A build under way: what it requires is built for all who wait for it, as long as one does. */
  static final class Build implements BuildWatcher {
    final String name;
    final CompletableFuture<Head> done = new CompletableFuture<>();
    private final List<BuildWatcher> watchers = new CopyOnWriteArrayList<>();
    private boolean givenUp;
    @Nullable Build waitsFor;

    Build(String name, BuildWatcher watcher) {
      this.name = name;
      watchers.add(watcher);
    }

    /** False when it has been given up: its process is being ended. */
    synchronized boolean join(BuildWatcher watcher) {
      if (!givenUp) {
        watchers.add(watcher);
      }
      return !givenUp;
    }

    @Override
    public void progress(String line) {
      watchers.forEach(watcher -> watcher.progress(line));
    }

    @Override
    public synchronized boolean isGone() {
      givenUp = givenUp || watchers.stream().allMatch(BuildWatcher::isGone);
      return givenUp;
    }

    boolean isWanted() {
      return !isGone();
    }
  }

  /** What a build does. */
  interface Making {
    Head make(Build build) throws RegException, IOException;
  }

  boolean has(String name) {
    return underWay.containsKey(name);
  }

  /** See {@link Builds#build}. */
  Head build(String name, BuildWatcher watcher, Making making) throws RegException, IOException {
    Build forWhom = watcher instanceof Build build ? build : null;
    while (true) {
      Build mine = new Build(name, watcher);
      Build before = underWay.putIfAbsent(name, mine);
      enter(forWhom, before == null ? mine : before);
      try {
        if (before == null) {
          return run(mine, making);
        }
        if (before.join(watcher)) {
          watcher.progress(name + ": waiting for a build that is under way");
          return await(name, before);
        }
        awaitEnd(before);
      } finally {
        leave(forWhom);
      }
    }
  }

  /**
   * Notes that a build goes on only after another. Whoever it is that builds the other: two callers
   * may build what requires each other.
   */
  private void enter(@Nullable Build forWhom, Build other) throws RegException {
    if (forWhom == null) {
      return;
    }
    synchronized (waits) {
      List<String> way = new ArrayList<>();
      for (Build each = other; each != null; each = each.waitsFor) {
        if (each == forWhom) {
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot build "
                  + forWhom.name
                  + ": its recipe requires itself"
                  + (way.isEmpty() ? "" : ", by way of " + String.join(", ", way)));
        }
        way.add(each.name);
      }
      forWhom.waitsFor = other;
    }
  }

  private void leave(@Nullable Build forWhom) {
    if (forWhom != null) {
      synchronized (waits) {
        forWhom.waitsFor = null;
      }
    }
  }

  private Head run(Build build, Making making) throws RegException, IOException {
    try {
      Head head = making.make(build);
      underWay.remove(build.name);
      build.done.complete(head);
      return head;
    } catch (RegException | IOException | RuntimeException | Error e) {
      // First: who was not let in builds it anew.
      underWay.remove(build.name);
      build.done.completeExceptionally(e);
      throw e;
    }
  }

  /** However it ends. */
  private static void awaitEnd(Build build) throws RegException {
    try {
      build.done.handle((head, e) -> true).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // handled
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static Head await(String name, Build build) throws RegException, IOException {
    try {
      return build.done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RegException cause) {
        throw new RegException(cause.kind(), cause.line(), e);
      }
      throw new IOException("the build of " + name + " failed", e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static RegException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
  }
}
