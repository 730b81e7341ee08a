package dev.reg.engine.daemon;

import java.nio.file.Path;

/** What a command may ask of the engine's own process. */
public interface EngineControl {
  /** Process id of the engine. */
  int pid();

  /** The installation the engine runs from: {@code bin/}, {@code libexec/}, {@code lib/}. */
  Path installation();

  /**
   * Begins an orderly stop and returns at once; containers keep running. The calling command's own
   * conversation is finished first.
   */
  void stop();
}
