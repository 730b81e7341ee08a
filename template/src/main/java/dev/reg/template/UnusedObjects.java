package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The objects that no template needs any more. Every call is made with the repository's lock held:
 * while templates come or go, nobody can tell.
 */
final class UnusedObjects {
  private final TemplateRepository repository;
  private final ObjectStore objects;

  /** Their objects are in use, though no stored template refers to them. */
  private final List<Template> unfinished = new ArrayList<>();

  UnusedObjects(TemplateRepository repository, ObjectStore objects) {
    this.repository = repository;
    this.objects = objects;
  }

  /** From now on the objects of this are in use. */
  void begin(Template template) {
    unfinished.add(template);
  }

  /** They are not any more, as far as this template goes; those that nothing has are deleted. */
  void end(Template template) throws IOException {
    unfinished.remove(template);
    delete(References.of(template));
  }

  /**
   * What a template has; nothing when it is damaged and cannot say: {@link #deleteAll} finds it.
   */
  Set<ObjectId> ofIfReadable(Head head) throws IOException {
    try {
      return References.of(repository.load(head));
    } catch (RegException e) {
      return Set.of();
    }
  }

  /**
   * Deletes every one.
   *
   * @return the bytes freed
   */
  long deleteAll() throws IOException {
    return delete(all());
  }

  /** Deletes those among these; the bytes freed. */
  long delete(Set<ObjectId> candidates) throws IOException {
    long freed = 0;
    for (ObjectId object : among(candidates, Set.of())) {
      // A container may hold the tree of a template that was replaced.
      if (objects.linkCount(object) == 0) {
        freed += objects.delete(object);
      }
    }
    return freed;
  }

  /**
   * Every object that no template but {@code without} refers to; none while a template cannot be
   * read, which may need any.
   */
  Set<ObjectId> without(Set<Head> without) throws IOException {
    return among(all(), without);
  }

  private Set<ObjectId> all() throws IOException {
    try (Stream<ObjectId> all = objects.list()) {
      return all.collect(Collectors.toSet());
    }
  }

  private Set<ObjectId> among(Set<ObjectId> candidates, Set<Head> without) throws IOException {
    if (candidates.isEmpty() || repository.isReplacing()) {
      return Set.of();
    }
    Set<ObjectId> unused = new HashSet<>(candidates);
    unfinished.forEach(template -> unused.removeAll(References.of(template)));
    for (Head head : repository.list()) {
      if (!without.contains(head)) {
        try {
          unused.removeAll(References.of(repository.load(head)));
        } catch (RegException e) {
          return Set.of();
        }
      }
    }
    return unused;
  }
}
