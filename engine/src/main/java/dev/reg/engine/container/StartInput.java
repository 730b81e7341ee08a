package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a start needs from its caller. All descriptors stay the caller's to close.
 *
 * @param streams null for a detached start: input is empty, output goes to the log
 * @param project the directory that the client opened (O_PATH); null without a project, or when the
 *     container has its own copy already
 * @param volumes what the client opened (O_PATH), in the order of the spec's volumes
 */
public record StartInput(@Nullable Streams streams, @Nullable Fd project, List<Fd> volumes) {
  /** The caller's own input, output and error. */
  public record Streams(Fd in, Fd out, Fd err) {}

  public StartInput {
    volumes = List.copyOf(volumes);
  }
}
