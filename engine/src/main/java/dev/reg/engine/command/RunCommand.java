package dev.reg.engine.command;

import dev.reg.engine.container.ContainerService;
import dev.reg.engine.container.Draft;
import dev.reg.engine.container.ProjectCopy;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.container.Started;
import dev.reg.engine.container.Terminal;
import dev.reg.engine.container.Wish;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code run}: generate, start, and stay with it. */
final class RunCommand implements Command {
  private final Context context;

  RunCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean detach = arguments.has(Grammar.DETACH);
    ContainerService service = context.containers();
    Started started;
    Terminals.check(arguments);
    try (Making making = new Making(context, caller, arguments)) {
      Wish wish = wish(context, making);
      try (IdFile file = IdFile.create(caller, arguments);
          Terminal terminal = detach ? null : Terminals.ask(arguments, caller)) {
        StartInput.Streams streams = detach ? null : Terminals.streams(caller, terminal);
        started = service.run(wish, making.input(streams), copy(caller, making, wish.draft()));
        file.write(started.container().id());
      } catch (RegException e) {
        throw withTemplate(making, wish.draft().command().getFirst(), e);
      }
    }
    if (!detach) {
      return service.attach(started, true, caller);
    }
    caller.out(started.container().id() + "\n");
    return 0;
  }

  /** For who names a template where others name an image. */
  private RegException withTemplate(Making making, String word, RegException e) throws IOException {
    String name = word.split("[:@]", 2)[0];
    boolean meant =
        e.kind() == ErrorKind.COMMAND_NOT_FOUND
            && making.wanted().runtime().isEmpty()
            && context.templates().names().contains(name);
    return meant
        ? new RegException(
            e.kind(), e.line() + "; as a template it is named with an option: -t " + name, e)
        : e;
  }

  static Wish wish(Context context, Making making) throws RegException, IOException {
    Draft draft = making.draft();
    return new Wish(
        draft,
        making.resolved().closure()::tree,
        () -> context.templates().holds(making.resolved()),
        making.account());
  }

  static ContainerService.@Nullable Preparation copy(Caller caller, Making making, Draft draft) {
    Spec.Project project = draft.project();
    return project == null || project.mode() != Spec.ProjectMode.COPY
        ? null
        : target ->
            ProjectCopy.copy(caller, project.path(), target, making.wanted().ignore()::matches);
  }
}
