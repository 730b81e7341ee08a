package dev.reg.engine.lifecycle;

/** What happens to a container, in the past tense: an event is a fact, not a wish. */
public enum Event {
  /** The environment is complete and the container's space is there. */
  COMPLETED,
  /** The program has been executed. */
  STARTED,
  /** A component's insertion has begun. */
  INSERTION_BEGAN,
  /** The insertion has ended, carried out or rolled back: both leave a whole environment. */
  INSERTION_ENDED,
  /** The last process has been reaped. */
  GONE,
  /** The space has been given up. */
  REMOVED
}
