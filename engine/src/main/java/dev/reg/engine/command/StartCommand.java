package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Started;
import dev.reg.engine.container.Terminal;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code start}: one after the other; one that runs already is no mistake. With {@code -a} it is
 * one alone, and the caller stays with it as with {@code run}.
 */
final class StartCommand implements Command {
  private static final String ATTACH = "--attach";

  private final Context context;

  StartCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.names(
            "start",
            "Starts containers that were generated or have stopped.",
            Specs.flag(
                "Stay with the one that is named, as run does: streams, signals, exit code.",
                "-a",
                ATTACH),
            Specs.flag("The same: input is always connected.", "-i", Grammar.INTERACTIVE));
    spec.usageMessage()
        .footer(
            "",
            "What a container wrote with -a is not in its log. Without -a it is, and there is no"
                + " input.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    if (!arguments.has(ATTACH) && !arguments.has(Grammar.INTERACTIVE)) {
      return new Each(context, caller)
          .change(arguments.operands(), container -> start(caller, container));
    }
    if (arguments.operands().size() > 1) {
      throw new RegException(
          ErrorKind.INVALID, "start: with -a one container is started, not several");
    }
    return attach(caller, arguments, context.container(caller, arguments.operands().getFirst()));
  }

  void start(Caller caller, Container container) throws RegException, IOException {
    if (container.state().isLive()) {
      return;
    }
    try (StartMounts mounts = mounts(caller, container)) {
      new StartRenewal(context, caller).renew(container);
      context.containers().start(container, mounts.input(null));
    }
  }

  private int attach(Caller caller, Arguments arguments, Container container)
      throws RegException, IOException {
    if (container.state().isLive()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot attach to container "
              + container.name()
              + ": it runs already; reg logs -f shows what it writes, if it was started detached");
    }
    Started started;
    String type = caller.variable("TERM").orElse(null);
    try (StartMounts mounts = mounts(caller, container);
        Terminal terminal = typed(Terminals.ask(arguments, caller), type)) {
      new StartRenewal(context, caller).renew(container);
      started =
          context.containers().start(container, mounts.input(Terminals.streams(caller, terminal)));
    }
    return context.containers().attach(started, false, caller);
  }

  private static @Nullable Terminal typed(@Nullable Terminal terminal, @Nullable String type) {
    return terminal == null ? null : terminal.typed(type);
  }

  private StartMounts mounts(Caller caller, Container container) throws RegException, IOException {
    return StartMounts.open(caller, context.layout(), container.spec(), "cannot start", "start");
  }
}
