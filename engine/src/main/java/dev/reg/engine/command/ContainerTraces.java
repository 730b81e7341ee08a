package dev.reg.engine.command;

import dev.reg.engine.building.BuildWatcher;
import dev.reg.engine.building.Origins;
import dev.reg.engine.building.TracedRuns;
import dev.reg.engine.building.Underlay;
import dev.reg.engine.building.Underlays;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.tracing.Trace;
import dev.reg.engine.tracing.TraceReport;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.EnvironmentStore;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs what a template declares to be traced by, each command in a container like any other. */
final class ContainerTraces implements TracedRuns {
  private static final int MOST_GAPS = 8;

  private final BuildContainers containers;
  private final Underlays underlays;
  private final EnvironmentStore environments;
  private final Duration patience;

  /**
   * @param patience with one command, whatever it starts
   */
  ContainerTraces(
      BuildContainers containers,
      Underlays underlays,
      EnvironmentStore environments,
      Duration patience) {
    this.containers = containers;
    this.underlays = underlays;
    this.environments = environments;
    this.patience = patience;
  }

  @Override
  public void check(
      Head template,
      Closure closure,
      Origins origins,
      List<List<String>> commands,
      BuildWatcher watcher)
      throws IOException, RegException {
    try (Underlay underlay = underlays.make(closure, origins, watcher)) {
      try {
        for (List<String> command : commands) {
          watcher.progress(template.name() + ": tracing " + line(command));
          run(template, closure, underlay, command);
        }
      } finally {
        containers.dropEnvironment(underlay.closure().id());
      }
    }
  }

  private void run(Head template, Closure closure, Underlay underlay, List<String> command)
      throws IOException, RegException {
    try (Trace trace = Trace.create()) {
      BuildContainers.Job job =
          new BuildContainers.Job(
              template,
              underlay.closure(),
              "its trace command",
              command,
              Map.of(),
              closure
                  .user()
                  .map(user -> new Spec.User(user.uid(), user.gid(), user.home()))
                  .orElse(BuildContainers.ROOT),
              List.of(),
              new StartInput(null, null, List.of()).watchedBy(trace::over),
              patience);
      containers.runKeeping(
          job,
          upper ->
              refuseGaps(
                  template, command, UnderlayTrace.report(closure, underlay, trace, environments)));
    }
  }

  private static void refuseGaps(Head template, List<String> command, TraceReport report)
      throws RegException {
    if (report.isComplete()) {
      return;
    }
    String gaps =
        report.gaps().entrySet().stream()
            .limit(MOST_GAPS)
            .map(
                gap -> gap.getKey() + (gap.getValue().isEmpty() ? "" : " (" + gap.getValue() + ")"))
            .collect(Collectors.joining(", "));
    int more = report.gaps().size() - MOST_GAPS;
    throw new RegException(
        ErrorKind.INVALID,
        "cannot store "
            + template.id()
            + ": it declares the level trace, and its trace command "
            + line(command)
            + " opened what it leaves out: "
            + gaps
            + (more > 0 ? ", and " + more + " more" : "")
            + "; include that, or trace without it");
  }

  private static String line(List<String> command) {
    return String.join(" ", command).replaceAll("\\p{Cntrl}+", " ");
  }
}
