package dev.reg.engine.protocol;

import dev.reg.error.RegException;
import java.io.IOException;

/** Foreground runs that a client may come back to after it lost its engine. */
public interface Sessions {
  /**
   * Attaches the caller to its container again, or answers with the exit code when it has ended.
   *
   * @param caller without arguments or descriptors: only peer, attach and err are meaningful
   * @return {@link Caller#ATTACHED}, or the exit code
   * @throws RegException NOT_FOUND for an unknown container or a wrong token, with one message
   */
  int resume(String containerId, String token, Caller caller) throws RegException, IOException;
}
