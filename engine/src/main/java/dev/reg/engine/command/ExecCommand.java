package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.operands;
import static dev.reg.engine.command.Specs.repeated;
import static dev.reg.engine.command.Specs.value;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.ExecInput;
import dev.reg.engine.container.Execs;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Started;
import dev.reg.engine.container.Terminal;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code exec}: one more process in a container, and stay with it. */
final class ExecCommand implements Command {
  private final Context context;

  ExecCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command(
            "exec",
            "Runs a command in a container that runs, confined as its own program is.",
            flag("In the background; print nothing.", "-d", Grammar.DETACH),
            flag(
                "Accepted for habit's sake: input is always connected.", "-i", Grammar.INTERACTIVE),
            flag(
                "A terminal of its own; the default when input and output are ones.",
                "-t",
                Grammar.TTY),
            flag("The caller's streams as they are, terminals or not.", Grammar.NO_TTY),
            repeated(
                "KEY[=VALUE]", "A variable; without a value, the caller's.", "-e", Grammar.ENV),
            repeated("FILE", "Variables, one a line; under those of -e.", Grammar.ENV_FILE),
            value(
                "DIR",
                "Where the command starts; the container's own directory by default.",
                "-w",
                Grammar.WORKDIR),
            value(
                "UID[:GID]",
                "Whom the command runs as; the container's own user by default.",
                "-u",
                Grammar.USER));
    spec.usageMessage()
        .customSynopsis("reg exec [OPTIONS] CONTAINER [--] ARGV...")
        .footer(
            "",
            "The exit code is the command's own; 125 when reg failed, 126 when the command cannot"
                + " be invoked, 127 when it is not found, 128+n when signal n ended it.");
    spec.addPositional(Specs.container());
    spec.addPositional(
        operands("ARGV", "0..*", "The command and its arguments.").toBuilder()
            .index("1..*")
            .build());
    // What follows the container is the command's.
    spec.parser().stopAtPositional(true);
    return spec;
  }

  /**
   * The container's user, null; for a caller who is not root with the groups that they are in now.
   */
  static Spec.@Nullable User own(Caller caller, Spec spec) {
    if (Access.of(caller.peer()).isWhole()) {
      return null;
    }
    Spec.User user = spec.user();
    return new Spec.User(user.uid(), user.gid(), user.home(), caller.peer().groups());
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    List<String> operands = arguments.operands();
    int first = operands.size() > 1 && operands.get(1).equals("--") ? 2 : 1;
    if (first == operands.size()) {
      throw new RegException(
          ErrorKind.INVALID, "exec: no command is given; it comes after the container");
    }
    Terminals.check(arguments);
    ProcessOptions options = new ProcessOptions(caller, arguments);
    List<String> variables = new ArrayList<>(Variables.of(caller, arguments));
    String workdir = options.workdir();
    Container container = context.container(caller, operands.getFirst());
    Execs execs = context.containers().execs();
    Spec.User user =
        arguments.has(Grammar.USER)
            ? options.user(context.accounts(container), Optional.empty())
            : own(caller, container.spec());
    List<String> command = operands.subList(first, operands.size());
    boolean detach = arguments.has(Grammar.DETACH);
    Started started;
    try (Terminal terminal = detach ? null : Terminals.ask(arguments, caller)) {
      if (terminal != null) {
        caller.variable("TERM").ifPresent(term -> variables.addFirst("TERM=" + term));
      }
      StartInput.Streams streams = detach ? null : Terminals.streams(caller, terminal);
      ExecInput input = new ExecInput(streams, command, variables, workdir, user);
      started = execs.start(container, input, caller.peer().uid());
    }
    return detach ? 0 : execs.attach(started, caller);
  }
}
