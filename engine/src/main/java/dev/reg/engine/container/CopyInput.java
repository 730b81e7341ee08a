package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.util.List;

/**
 * A copier that is to be alone with a container's files.
 *
 * @param start its streams, and the mounts as a start has them; stays the caller's to close
 * @param command the copier's arguments, its name first
 * @param copier what is executed, sealed; stays the caller's
 */
public record CopyInput(StartInput start, List<String> command, Fd copier) {
  public CopyInput {
    command = List.copyOf(command);
  }
}
