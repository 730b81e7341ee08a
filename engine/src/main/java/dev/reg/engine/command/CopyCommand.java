package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Copies;
import dev.reg.engine.container.CopyInput;
import dev.reg.engine.container.ExecInput;
import dev.reg.engine.container.Execs;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Started;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerCopy;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code cp}: files into and out of a container.
 *
 * <p>The engine is root and touches no file of either side. Two copiers do, joined by a pipe: a
 * child of the client, with the caller's rights, and a process in the container, with those of its
 * own user and in its own namespaces. In a container that does not run, the copier is the only one.
 */
final class CopyCommand implements Command {
  private static final String ARCHIVE = "--archive";
  private static final String FOLLOW_LINK = "--follow-link";

  private final Context context;
  private @Nullable Fd copier;

  CopyCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command(
            "cp",
            "Copies files and directories into and out of a container.",
            flag("Keep owners, too.", "-a", ARCHIVE),
            flag("Copy what SOURCE leads to when it is a link.", "-L", FOLLOW_LINK));
    spec.usageMessage()
        .customSynopsis(
            "reg cp [OPTIONS] CONTAINER:SOURCE TARGET|-",
            "       reg cp [OPTIONS] SOURCE|- CONTAINER:TARGET")
        .footer(
            "",
            "SOURCE/. stands for a directory's content; - for a tar archive on standard input or"
                + " output. A path in a container begins at its root.");
    spec.addPositional(operands("SOURCE", "1", "What is copied."));
    spec.addPositional(
        operands("TARGET", "1", "A directory to copy it into, or its new name.").toBuilder()
            .index("1")
            .build());
    return spec;
  }

  /** Both sides of one copy; exactly one of them is in a container. */
  private record Copy(
      CopyPlace source, CopyPlace target, String container, boolean owners, boolean follow) {
    static Copy of(Arguments arguments) throws RegException {
      CopyPlace source = CopyPlace.of(arguments.operands().getFirst());
      CopyPlace target = CopyPlace.of(arguments.operands().getLast());
      String from = source.container();
      String to = target.container();
      if (from != null && to != null) {
        throw new RegException(
            ErrorKind.INVALID, "cp: copying between containers is not supported: use - and a pipe");
      }
      String container = from == null ? to : from;
      if (container == null) {
        throw new RegException(
            ErrorKind.INVALID, "cp: one of the two must be in a container: CONTAINER:PATH");
      }
      return new Copy(
          source, target, container, arguments.has(ARCHIVE), arguments.has(FOLLOW_LINK));
    }

    boolean isInto() {
      return target.container() != null;
    }

    boolean isStream() {
      return source.isStream() || target.isStream();
    }

    /** What names in the archive begin with; empty for any archive. */
    String name() {
      return source.isStream() ? "" : source.name();
    }

    /** The client's side. */
    CallerCopy.Order order() {
      if (isStream()) {
        return new CallerCopy.Order(CallerCopy.Part.NONE, "", "", false, false);
      }
      return isInto()
          ? new CallerCopy.Order(CallerCopy.Part.PACK, source.path(), name(), false, follow)
          : new CallerCopy.Order(CallerCopy.Part.UNPACK, target.path(), name(), owners, false);
    }

    /** The container's side: the command line of reg-copier. */
    List<String> command() {
      CopyPlace inside = isInto() ? target : source;
      String flags = isInto() ? (owners ? "a" : "") : (follow ? "L" : "");
      return List.of(
          "reg-copier", isInto() ? "unpack" : "pack", flags, name(), inside.text(), inside.path());
    }
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Copy copy = Copy.of(arguments);
    Container container = context.container(caller, copy.container());
    if (copy.isStream() && caller.isTerminal(copy.isInto() ? 0 : 1)) {
      throw new RegException(
          ErrorKind.INVALID,
          "cp: - is a tar archive, not for a terminal: redirect standard "
              + (copy.isInto() ? "input" : "output"));
    }
    return container.state().isLive()
        ? join(copy, container, caller)
        : visit(copy, container, caller);
  }

  /** As exec does it. */
  private int join(Copy copy, Container container, Caller caller) throws RegException, IOException {
    Execs execs = context.containers().execs();
    execs.checkJoinable(container, caller.peer().uid(), "cp");
    Started started;
    try (CallerCopy side = caller.copy(copy.order())) {
      ExecInput input =
          new ExecInput(
              streams(copy, caller, side),
              copy.command(),
              List.of(),
              "/",
              ExecCommand.own(caller, container.spec()),
              copier());
      started = execs.start(container, input, caller.peer().uid());
    }
    return execs.attach(started, caller);
  }

  /** With the mounts of a start, which the client opens, too. */
  private int visit(Copy copy, Container container, Caller caller)
      throws RegException, IOException {
    Copies copies = context.containers().copies();
    copies.check(container, caller.peer().uid());
    Started started;
    try (StartMounts mounts =
            StartMounts.open(
                caller, context.layout(), container.spec(), "cp: cannot reach the files of", "cp");
        CallerCopy side = caller.copy(copy.order())) {
      StartInput start = mounts.input(streams(copy, caller, side));
      CopyInput input = new CopyInput(start, copy.command(), copier());
      started = copies.start(container, input, caller);
    }
    return copies.attach(started, caller);
  }

  /** Nothing of the caller's but a stream that was named: no terminal gets into the container. */
  private static StartInput.Streams streams(Copy copy, Caller caller, CallerCopy side) {
    Fd own = copy.isInto() ? caller.stdin() : caller.stdout();
    Fd known = side.data();
    Fd data = known == null ? own : known;
    Fd messages = side.messages();
    return copy.isInto()
        ? new StartInput.Streams(data, messages, messages, null)
        : new StartInput.Streams(messages, data, messages, null);
  }

  /** One for all containers, which none of them can write (CVE-2019-5736). */
  private synchronized Fd copier() throws IOException {
    Fd known = copier;
    if (known == null) {
      Path file = context.control().installation().resolve("libexec/reg-copier");
      known = Descriptors.sealed("reg-copier", Files.readAllBytes(file));
      copier = known;
    }
    return known;
  }
}
