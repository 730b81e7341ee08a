package dev.reg.engine.command;

import dev.reg.engine.container.ContainerService;
import dev.reg.engine.lifecycle.State;
import dev.reg.store.Environment;
import dev.reg.store.EnvironmentStore;
import java.io.IOException;

/** Environments that no container holds: a cache; which of them have a template is not recorded. */
record Unheld(ContainerService containers, EnvironmentStore environments) {
  /** Removes them all. */
  void drop() throws IOException {
    for (Environment environment : environments.list()) {
      environments.removeUnless(
          environment.id(), () -> !containers.usersOfEnvironment(environment.id()).isEmpty());
    }
  }

  /** Whether a container is being made whose environment is still to be made. */
  boolean isMaking() {
    return containers.containers().list().stream()
        .anyMatch(
            container ->
                container.state() == State.GENERATING
                    && environments.find(container.spec().environment()).isEmpty());
  }
}
