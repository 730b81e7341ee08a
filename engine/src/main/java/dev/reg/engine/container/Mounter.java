package dev.reg.engine.container;

import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Makes the detached mounts of a start. The taker closes them. */
interface Mounter {
  /**
   * The overlay for {@code /}.
   *
   * @param containerId who gets it: an engine that finds nothing but a process knows it by this
   * @param lowers the topmost first
   * @param volatileSync whether its writes are never synced: it can then be mounted only once
   */
  Fd root(String containerId, List<Path> lowers, Path upper, Path work, boolean volatileSync)
      throws IOException;

  /** The environment's programs and libraries, read-only. */
  Fd usr(Environment environment) throws IOException;

  /**
   * A file or directory of the host with what is mounted below it.
   *
   * @param source a descriptor that the client opened, O_PATH
   * @param shown how to name it
   * @throws RegException FAILED_PRECONDITION when it is in another mount namespace
   */
  Fd bind(Fd source, String shown, boolean readOnly) throws IOException, RegException;
}
