package dev.reg.engine.building;

/** Somebody who waits for a build. */
public interface BuildWatcher {
  /** A short line about what is being done. */
  void progress(String line);

  /** Whether it has stopped waiting; a build that nobody waits for is given up. */
  boolean isGone();
}
