package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.template.Head;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What is to go, in the order of its going: what holds something before what it holds.
 *
 * @param objects those that no template refers to, now
 * @param objectBytes what these free, if all goes that comes before them
 */
record PrunePlan(List<Candidate> candidates, Set<ObjectId> objects, long objectBytes) {
  /**
   * Something that nobody needs.
   *
   * @param since when it was last needed
   * @param bytes what its going frees, if all goes that comes before it
   */
  record Candidate(Thing thing, Instant since, long bytes) {
    Candidate freeing(long freed) {
      return new Candidate(thing, since, freed);
    }
  }

  /** Of one of the kinds that have names. */
  sealed interface Thing {
    String kind();

    String name();
  }

  /** One that does not run: it has stopped, or was never started. */
  record Idle(Container container) implements Thing {
    @Override
    public String kind() {
      return "container";
    }

    @Override
    public String name() {
      return container.name();
    }
  }

  record Cached(Digest environment) implements Thing {
    @Override
    public String kind() {
      return "environment";
    }

    @Override
    public String name() {
      return environment.hex().substring(0, 12);
    }
  }

  record Unused(Head template) implements Thing {
    @Override
    public String kind() {
      return "template";
    }

    @Override
    public String name() {
      return template.id();
    }
  }

  /** What builds have downloaded, and would again. */
  record Downloads() implements Thing {
    @Override
    public String kind() {
      return "cache";
    }

    @Override
    public String name() {
      return "apt";
    }
  }

  long bytes() {
    return objectBytes + candidates.stream().mapToLong(Candidate::bytes).sum();
  }
}
