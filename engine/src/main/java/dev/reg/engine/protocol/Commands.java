package dev.reg.engine.protocol;

import dev.reg.error.RegException;
import java.io.IOException;

/** All commands of the command line. */
public interface Commands {
  /**
   * Runs the caller's command on the calling thread.
   *
   * @return the exit code, or {@link Caller#ATTACHED}
   * @throws RegException is shown to the client as one line
   */
  int run(Caller caller) throws RegException, IOException;
}
