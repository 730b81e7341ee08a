package dev.reg.engine.command;

import dev.reg.engine.building.Underlay;
import dev.reg.engine.tracing.Trace;
import dev.reg.engine.tracing.TraceReport;
import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.store.Environment;
import dev.reg.store.EnvironmentStore;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** Sets what a run opened on an underlay against the closure that lies on it. */
final class UnderlayTrace {
  private UnderlayTrace() {}

  /**
   * Ends the trace of a container whose last process is gone, before its environment is.
   *
   * @param closure what the run should have been content with
   * @param underlay what it ran on
   */
  static TraceReport report(
      Closure closure, Underlay underlay, Trace trace, EnvironmentStore environments)
      throws IOException, RegException {
    Closure all = underlay.closure();
    Environment environment =
        environments
            .find(all.id())
            .orElseThrow(() -> new IOException("the environment is gone before its run was told"));
    SortedSet<String> opened = trace.end(environment.usr(), files(all));
    List<String> ids = closure.templates().stream().map(Head::id).toList();
    return TraceReport.of(ids, files(closure), opened, underlay.origins());
  }

  private static Set<String> files(Closure closure) throws IOException, RegException {
    return closure.tree().entries().stream()
        .filter(Entry.File.class::isInstance)
        .map(Entry::path)
        .collect(Collectors.toSet());
  }
}
