package dev.reg.template;

import dev.reg.store.Ingest;
import java.io.IOException;

/**
 * A template whose objects are in the repository, but which nobody finds there yet: it is run to
 * make the rest of it, and then added as a whole. To be closed after that, or when it came to
 * nothing.
 */
public final class UnfinishedTemplate implements AutoCloseable {
  private final TemplateRepository repository;
  private final Template template;
  private final Closure closure;
  private final Head head;

  /** Open all the time: by what it has in objects/tmp a crash is recognised. */
  private final Ingest ingest;

  UnfinishedTemplate(
      TemplateRepository repository, Template template, Closure closure, Head head, Ingest ingest) {
    this.repository = repository;
    this.template = template;
    this.closure = closure;
    this.head = head;
    this.ingest = ingest;
  }

  /** With everything it requires. */
  public Closure closure() {
    return closure;
  }

  /** Resolved: with the digests of its objects. */
  public Template template() {
    return template;
  }

  public Head head() {
    return head;
  }

  /** Deletes the objects stored for it that no template has come to refer to. */
  @Override
  public void close() throws IOException {
    repository.end(template, ingest);
  }
}
