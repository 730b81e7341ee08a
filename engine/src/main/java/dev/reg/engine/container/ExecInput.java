package dev.reg.engine.container;

import dev.reg.engine.container.Spec.User;
import dev.reg.engine.container.StartInput.Streams;
import dev.reg.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process that is to join a container.
 *
 * @param streams stay the caller's to close; null for none: it reads nothing and nobody reads it
 * @param variables {@code NAME=value}, over the container's own
 * @param workdir absolute and normalised; null for the container's own
 * @param user null for the container's own
 * @param program what is executed, sealed; stays the caller's; null when the command's first word
 *     names it
 */
public record ExecInput(
    @Nullable Streams streams,
    List<String> command,
    List<String> variables,
    @Nullable String workdir,
    @Nullable User user,
    @Nullable Fd program) {
  /** A program that the container has. */
  public ExecInput(
      @Nullable Streams streams,
      List<String> command,
      List<String> variables,
      @Nullable String workdir,
      @Nullable User user) {
    this(streams, command, variables, workdir, user, null);
  }

  public ExecInput {
    command = List.copyOf(command);
    variables = List.copyOf(variables);
  }
}
