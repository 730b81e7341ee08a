package dev.reg.engine.container;

import dev.reg.engine.environment.BaseLayer;
import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A container's directories, made before there is a container: {@code upper} with its own hostname
 * and hosts in /etc, {@code work}, and the exit file.
 *
 * @param id the id that the container will have: 64 hexadecimal digits
 * @param token what its foreground client will resume with: 32 hexadecimal digits
 * @param directory where it is now; {@link SpacePool#place} puts it where it belongs
 * @param base the layer that its hosts agree with
 * @param exit the exit file, open for writing
 * @param layers the mounts of its start, when they were made ahead; writes to them are never synced
 */
record Space(
    String id,
    String token,
    Path directory,
    BaseLayer.Generation base,
    Fd exit,
    @Nullable Layers layers)
    implements AutoCloseable {
  /** The name a container has on the network unless told otherwise. */
  static String hostname(String id) {
    return id.substring(0, 12);
  }

  Path upper() {
    return directory.resolve("upper");
  }

  Path work() {
    return directory.resolve("work");
  }

  Space with(Layers mounted) {
    return new Space(id, token, directory, base, exit, mounted);
  }

  /** Whether its mounts, if it has any, show this very environment. */
  boolean fits(Environment environment) {
    return layers == null || layers.show(environment);
  }

  /** Closes the descriptors; the directories stay. */
  @Override
  public void close() {
    exit.close();
    if (layers != null) {
      layers.close();
    }
  }
}
