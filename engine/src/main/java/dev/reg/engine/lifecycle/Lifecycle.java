package dev.reg.engine.lifecycle;

import java.util.Optional;

/** The transitions, and nothing but the transitions. */
public final class Lifecycle {
  private Lifecycle() {}

  /**
   * The state after {@code event}; empty when the event can not happen in {@code state}, which the
   * caller then refuses or reports, without having changed anything.
   */
  public static Optional<State> next(State state, Event event) {
    return Optional.ofNullable(
        switch (state) {
          case GENERATING ->
              switch (event) {
                case COMPLETED -> State.GENERATED;
                case REMOVED -> State.REMOVED;
                case STARTED, INSERTION_BEGAN, INSERTION_ENDED, GONE -> null;
              };
          case GENERATED, STOPPED ->
              switch (event) {
                case STARTED -> State.RUNNING;
                case REMOVED -> State.REMOVED;
                case COMPLETED, INSERTION_BEGAN, INSERTION_ENDED, GONE -> null;
              };
          case RUNNING ->
              switch (event) {
                case INSERTION_BEGAN -> State.INSERTING;
                case GONE -> State.STOPPED;
                case COMPLETED, STARTED, INSERTION_ENDED, REMOVED -> null;
              };
          case INSERTING ->
              switch (event) {
                case INSERTION_ENDED -> State.RUNNING;
                case GONE -> State.STOPPED;
                case COMPLETED, STARTED, INSERTION_BEGAN, REMOVED -> null;
              };
          case REMOVED -> null;
        });
  }
}
