package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.Underlay;
import dev.reg.engine.building.Underlays;
import dev.reg.engine.container.Codes;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.Exit;
import dev.reg.engine.container.Names;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Started;
import dev.reg.engine.container.Wish;
import dev.reg.engine.protocol.Attachment;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.tracing.RecipeSlice;
import dev.reg.engine.tracing.Trace;
import dev.reg.engine.tracing.TraceReport;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code trace}: runs a command with all files of the templates' packages underneath, and says what
 * it opened that the templates lack, and how much of them it never opened.
 */
final class TraceCommand implements Command {
  private static final Logger LOG = System.getLogger(TraceCommand.class.getName());
  private static final String WRITE = "--write";
  private static final String STRICT = "--strict";
  private static final String RECORD = "--record";
  private static final String UNTOUCHED = "--untouched";

  private static final int KILL = 9;

  private final Context context;
  private final Underlays underlays;

  TraceCommand(Context context, Underlays underlays) {
    this.context = context;
    this.underlays = underlays;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        MakingSpecs.making(
            "trace",
            "Runs a command with all of its templates' packages underneath; says what it opened.",
            Specs.flag("Fail when anything outside the templates was opened.", STRICT),
            Specs.flag("Record in the template that this run showed it to be complete.", RECORD),
            Specs.flag("Also list what was never opened.", UNTOUCHED),
            Specs.value("FILE", "Write a recipe of just what was opened.", WRITE),
            Specs.format());
    spec.usageMessage()
        .footer(
            "",
            "The report follows the command's own output, on standard error; with --format json on"
                + " standard output. The exit code is the command's own, but 125 with --strict and"
                + " something outside. A recorded run of the template as it is makes its level"
                + " trace, when the command succeeds and opens nothing outside; only root may"
                + " record.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    if (arguments.has(Grammar.SCRIPT) || arguments.has(Grammar.CID_FILE)) {
      throw new RegException(
          ErrorKind.INVALID, "trace: --script and --cidfile are for containers that stay");
    }
    if (arguments.has(RECORD)) {
      Access.of(caller.peer()).checkWhole("record a trace: everybody uses the template");
    }
    boolean json = Json.wanted(arguments);
    try (Making making = new Making(context, caller, arguments)) {
      Draft draft = making.draft();
      String path = arguments.one(WRITE);
      // Made before the run: afterwards the client opens nothing any more.
      try (Fd slice = path == null ? null : CallerFiles.create(caller, path)) {
        return trace(caller, arguments, making, draft, slice, json);
      } catch (RegException | IOException | RuntimeException e) {
        if (path != null
            && !(e instanceof RegException r && r.kind() == ErrorKind.ALREADY_EXISTS)) {
          CallerFiles.remove(caller, path, e);
        }
        throw e;
      }
    }
  }

  private int trace(
      Caller caller,
      Arguments arguments,
      Making making,
      Draft draft,
      @Nullable Fd slice,
      boolean json)
      throws RegException, IOException {
    Closure closure = making.resolved().closure();
    if (arguments.has(RECORD)) {
      checkRecordable(draft, closure);
    }
    Reply reply = new Reply();
    try (Underlay underlay =
        underlays.make(closure, context.templates()::provenance, new CallerWatcher(caller))) {
      trace(new Traced(caller, arguments, making, draft, closure, underlay, slice, json), reply);
    } catch (RegException | IOException e) {
      Attachment client = reply.client;
      if (client == null) {
        throw e;
      }
      LOG.log(Logger.Level.ERROR, "a trace failed", e);
      reply.code = Codes.FAILED;
      say(client, e instanceof RegException known ? known.line() : "trace: " + e.getMessage());
    } finally {
      // Last: whoever has the code finds nothing left.
      reply.end();
    }
    return Caller.ATTACHED;
  }

  /** Before anything is fetched or run for it. */
  private void checkRecordable(Draft draft, Closure closure) throws RegException {
    int wanted = draft.templates().size();
    if (wanted != 1) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot record a trace of " + wanted + " templates: a level is of one");
    }
    context.templates().checkTraceable(closure.templates().getLast());
  }

  /** What the client is told once it waits for its program and no longer for its command. */
  private static final class Reply {
    @Nullable Attachment client;
    int code = Codes.FAILED;

    void end() {
      if (client != null) {
        client.exit(code);
      }
    }
  }

  /**
   * All that one trace is about.
   *
   * @param slice where the recipe of what was opened goes; null for nowhere
   */
  private record Traced(
      Caller caller,
      Arguments arguments,
      Making making,
      Draft draft,
      Closure closure,
      Underlay underlay,
      @Nullable Fd slice,
      boolean json) {}

  private void trace(Traced traced, Reply reply) throws RegException, IOException {
    ContainerService service = context.containers();
    Caller caller = traced.caller;
    Wish wish =
        new Wish(
            draft(traced),
            traced.underlay.closure()::tree,
            () -> context.templates().holds(traced.making.resolved()),
            traced.making.account());
    try (Trace trace = Trace.create()) {
      StartInput input =
          traced
              .making
              .input(new StartInput.Streams(caller.stdin(), caller.stdout(), caller.stderr(), null))
              .watchedBy(trace::over);
      Started started =
          service.run(wish, input, RunCommand.copy(caller, traced.making, traced.draft));
      Container container = started.container();
      try {
        Attachment client =
            caller.attach(
                container.id(), "", signal -> signal(container, signal), () -> kill(container));
        reply.client = client;
        int own = Codes.ofRun(end(container));
        TraceReport report =
            UnderlayTrace.report(traced.closure, traced.underlay, trace, context.environments());
        reply.code = tell(traced, report, own, client);
        if (traced.arguments.has(RECORD)) {
          reply.code = record(traced, report, own, reply.code, client);
        }
      } finally {
        service.endings().remove(List.of(container));
      }
    } finally {
      if (service.usersOfEnvironment(traced.underlay.closure().id()).isEmpty()) {
        context.environments().remove(traced.underlay.closure().id());
      }
    }
  }

  private void signal(Container container, int signal) {
    try {
      context.containers().endings().signal(container, signal);
    } catch (RegException | IOException e) {
      LOG.log(Logger.Level.DEBUG, "no process to relay a signal to", e);
    }
  }

  private void kill(Container container) {
    signal(container, KILL);
  }

  /** The draft on what lies underneath; what a crash leaves of it goes with what builds leave. */
  private static Draft draft(Traced traced) {
    Draft d = traced.draft;
    return new Draft(
        d.name() == null ? Names.BUILD + traced.underlay.head().id().replace('@', '-') : d.name(),
        d.owner(),
        d.templates(),
        d.resolved(),
        traced.underlay.closure().id(),
        d.command(),
        d.variables(),
        d.workdir(),
        d.user(),
        d.hostname(),
        d.project(),
        d.volumes(),
        d.tmpfs(),
        d.readOnly(),
        d.init(),
        false,
        d.terminal(),
        d.stopSignal(),
        d.limits(),
        "");
  }

  /**
   * Tells the client what was found.
   *
   * @param own the program's code
   * @return the client's
   */
  private static int tell(Traced traced, TraceReport report, int own, Attachment client)
      throws IOException {
    if (traced.slice != null) {
      Descriptors.write(traced.slice, slice(traced, report).getBytes(StandardCharsets.UTF_8));
    }
    if (traced.json) {
      client.out(1, Json.line(json(traced, report, own)).getBytes(StandardCharsets.UTF_8));
    } else {
      String text = report.text(traced.arguments.has(UNTOUCHED));
      client.out(2, text.getBytes(StandardCharsets.UTF_8));
    }
    if (!traced.arguments.has(STRICT) || report.isComplete()) {
      return own;
    }
    say(client, "trace: " + opened(report) + " (--strict)");
    return Codes.FAILED;
  }

  /**
   * Remembers a run that showed a template to be complete.
   *
   * @return the client's code: the one it has, or that of a failure when nothing was recorded
   */
  private int record(Traced traced, TraceReport report, int own, int code, Attachment client)
      throws RegException, IOException {
    String fault = null;
    if (!report.isComplete()) {
      fault = opened(report);
    } else if (own != 0) {
      fault = "the command ended with " + own;
    }
    if (fault != null) {
      say(client, "trace: this run is not recorded: " + fault);
      return code == 0 ? Codes.FAILED : code;
    }
    Head head = traced.closure.templates().getLast();
    context.templates().addTrace(head, traced.closure, traced.draft.command());
    client.out(2, ("trace: recorded for " + head.id() + "\n").getBytes(StandardCharsets.UTF_8));
    return code;
  }

  private static void say(Attachment client, String line) {
    client.out(2, ("reg: " + line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private Exit end(Container container) throws IOException, RegException {
    try {
      return context.containers().endings().allGone(container).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a run never fails", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "trace: the engine is stopping", e);
    }
  }

  private static String slice(Traced traced, TraceReport report) {
    return RecipeSlice.of(
        traced.closure.templates().getLast().name(),
        report,
        traced.draft.command(),
        traced.underlay.origins(),
        traced.underlay.links());
  }

  private static ObjectNode json(Traced traced, TraceReport report, int code) {
    ObjectNode json = Json.object();
    ArrayNode templates = json.putArray("templates");
    report.templates().forEach(templates::add);
    ArrayNode command = json.putArray("command");
    traced.draft.command().forEach(command::add);
    json.put("exitCode", code);
    ArrayNode opened = json.putArray("opened");
    report.opened().forEach(opened::add);
    ArrayNode gaps = json.putArray("outside");
    report
        .gaps()
        .forEach((path, origin) -> gaps.addObject().put("path", path).put("package", origin));
    ArrayNode untouched = json.putArray("untouched");
    report.untouched().forEach(untouched::add);
    return json;
  }

  private static String opened(TraceReport report) {
    int count = report.gaps().size();
    return count == 1 ? "1 file outside was opened" : count + " files outside were opened";
  }
}
