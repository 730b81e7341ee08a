package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Exit;
import dev.reg.engine.protocol.Attachment;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code wait}: prints exit codes in the order asked for. Holds no thread while it waits. */
final class WaitCommand implements Command {
  private final Context context;

  WaitCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    List<CompletableFuture<Exit>> ends = new ArrayList<>();
    int code = new Each(context, caller).look(arguments.operands(), c -> ends.add(end(c)));
    CompletableFuture<Void> all = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    if (all.isDone()) {
      caller.out(text(ends));
      return code;
    }
    Attachment attachment = caller.hold(() -> {});
    var _ =
        all.thenRun(
            () -> {
              attachment.out(1, text(ends).getBytes(StandardCharsets.UTF_8));
              attachment.exit(code);
            });
    return Caller.ATTACHED;
  }

  private CompletableFuture<Exit> end(Container container) throws RegException {
    return context
        .containers()
        .endings()
        .end(container)
        .orElseThrow(
            () ->
                new RegException(
                    ErrorKind.FAILED_PRECONDITION,
                    "cannot wait for container " + container.name() + ": it has not been started"));
  }

  private static String text(List<CompletableFuture<Exit>> ends) {
    StringBuilder text = new StringBuilder();
    for (CompletableFuture<Exit> end : ends) {
      var code = end.join().code();
      text.append(code.isPresent() ? Integer.toString(code.getAsInt()) : "unknown").append('\n');
    }
    return text.toString();
  }
}
