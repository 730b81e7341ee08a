package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Failures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The runs that opened nothing outside a template and what it requires, as long as they hold. */
final class RecordedTraces {
  /** Runs of one template that are remembered. */
  private static final int MOST = 100;

  private final TemplateRepository repository;
  private final TemplateFiles files;

  RecordedTraces(TemplateRepository repository, TemplateFiles files) {
    this.repository = repository;
    this.files = files;
  }

  /** See {@link TemplateRepository#traces}. */
  List<List<String>> of(Head head) throws IOException {
    byte[] document = files.traces(head);
    try {
      return TraceFile.read(closure(head).id(), document);
    } catch (RegException e) {
      // What it requires is gone: nothing is shown of what cannot be run.
      return List.of();
    }
  }

  private Closure closure(Head head) throws RegException {
    return new Resolver(repository)
        .resolve(List.of(new TemplateRef(head.name(), head.version().text())));
  }

  /** See {@link TemplateRepository#addTrace}; with the repository's lock held. */
  void add(Head head, Closure ran, List<String> command) throws IOException, RegException {
    if (!repository.list().contains(head) || !closure(head).id().equals(ran.id())) {
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "cannot record a trace of "
              + head.id()
              + ": it, or what it requires, was removed or replaced meanwhile");
    }
    List<List<String>> commands = new ArrayList<>(of(head));
    commands.remove(command);
    commands.add(List.copyOf(command));
    int surplus = Math.max(commands.size() - MOST, 0);
    try {
      files.writeTraces(
          head, TraceFile.write(ran.id(), commands.subList(surplus, commands.size())));
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot record a trace of " + head.id());
    }
  }
}
