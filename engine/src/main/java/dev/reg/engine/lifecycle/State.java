package dev.reg.engine.lifecycle;

import java.util.Optional;

/** Where a container is in its life. Each state has a condition that can be checked. */
public enum State {
  /** Its environment is being made; the container is not yet usable. */
  GENERATING("Generating"),
  /** Every file of the closure is in the environment's tree, and whole. Nothing has run yet. */
  GENERATED("Generated"),
  /** Processes run, and each runtime file they have mapped is the repository's own inode. */
  RUNNING("Running"),
  /** Running, while a component is added: the environment before it or after it, never between. */
  INSERTING("Inserting"),
  /** No process and no mount is left; the files that the run wrote are kept. */
  STOPPED("Stopped"),
  /** The container's space and its hold on the environment are gone. */
  REMOVED("Removed");

  private final String label;

  State(String label) {
    this.label = label;
  }

  /** As people and files see it: {@code Generated}. */
  public String label() {
    return label;
  }

  /** The state with this label. */
  public static Optional<State> of(String label) {
    for (State state : values()) {
      if (state.label.equals(label)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }

  /** Whether the container has processes. */
  public boolean isLive() {
    return this == RUNNING || this == INSERTING;
  }

  @Override
  public String toString() {
    return label;
  }
}
