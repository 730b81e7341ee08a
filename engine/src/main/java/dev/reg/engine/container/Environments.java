package dev.reg.engine.container;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Environment;
import dev.reg.store.EnvironmentStore;
import java.io.IOException;
import java.util.Optional;

/** The environments that containers are made with, and those that they have. */
record Environments(EnvironmentStore store) {
  /** The wished one, made when it is not there. */
  Environment of(Wish wish) throws RegException, IOException {
    Digest id = wish.draft().environment();
    Optional<Environment> known = store.find(id);
    return known.isPresent() ? known.get() : store.make(id, wish.tree());
  }

  /**
   * A container's own.
   *
   * @param tried begins the message when it is gone
   * @throws RegException CORRUPTED
   */
  Environment of(Container container, String tried) throws RegException {
    Optional<Environment> found = store.find(container.spec().environment());
    if (found.isPresent()) {
      return found.get();
    }
    String why = ": its environment is gone; remove the container";
    throw new RegException(ErrorKind.CORRUPTED, tried + " container " + container.name() + why);
  }
}
