package dev.reg.template;

import dev.reg.store.Ingest;
import dev.reg.store.ObjectId;
import java.io.IOException;
import java.util.Set;

/**
 * A template whose objects are in the repository, but which nobody finds there yet: it is run to
 * make the rest of it, and then added as a whole. To be closed after that, or when it came to
 * nothing.
 */
public final class UnfinishedTemplate implements AutoCloseable {
  private final TemplateRepository repository;
  private final Closure closure;
  private final Head head;
  private final Set<ObjectId> fresh;

  /** Open all the time: by what it has in objects/tmp a crash is recognised. */
  private final Ingest ingest;

  UnfinishedTemplate(
      TemplateRepository repository,
      Closure closure,
      Head head,
      Set<ObjectId> fresh,
      Ingest ingest) {
    this.repository = repository;
    this.closure = closure;
    this.head = head;
    this.fresh = Set.copyOf(fresh);
    this.ingest = ingest;
  }

  /** With everything it requires. */
  public Closure closure() {
    return closure;
  }

  public Head head() {
    return head;
  }

  /** Deletes the objects stored for it that no template has come to refer to. */
  @Override
  public void close() throws IOException {
    repository.end(fresh, ingest);
  }
}
