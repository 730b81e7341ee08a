package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a start needs from its caller. All descriptors stay the caller's to close.
 *
 * @param streams null for a detached start: input is empty, output goes to the log
 * @param project the directory that the client opened; null without a project, or when the
 *     container has its own copy already
 * @param volumes what the client opened, in the order of the spec's volumes
 * @param groups the program's supplementary groups, when they are others by now than the spec's
 * @param watch gets the container's mounts before anything runs on them; null for nobody
 */
public record StartInput(
    @Nullable Streams streams,
    @Nullable Fd project,
    List<Fd> volumes,
    @Nullable List<Integer> groups,
    @Nullable Watch watch) {
  /** Nobody watches. */
  public StartInput(
      @Nullable Streams streams,
      @Nullable Fd project,
      List<Fd> volumes,
      @Nullable List<Integer> groups) {
    this(streams, project, volumes, groups, null);
  }

  /** Who wants to know what is done on a container's mounts. */
  public interface Watch {
    /**
     * Gets the mounts for {@code /} and {@code /usr}, detached; they stay the container's.
     *
     * @throws IOException to refuse the start
     */
    void over(Fd root, Fd usr) throws IOException;
  }

  /** The same, watched. */
  public StartInput watchedBy(Watch watcher) {
    return new StartInput(streams, project, volumes, groups, watcher);
  }

  /** With the groups that the container had when it was generated. */
  public StartInput(@Nullable Streams streams, @Nullable Fd project, List<Fd> volumes) {
    this(streams, project, volumes, null);
  }

  /**
   * The caller's own input, output and error.
   *
   * @param terminal takes the place of input and output, and perhaps of error; null without one
   */
  public record Streams(Fd in, Fd out, Fd err, @Nullable Terminal terminal) {}

  public StartInput {
    volumes = List.copyOf(volumes);
  }
}
