package dev.reg.engine.building;

import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Holds all processes of a builder to an amount of memory together. */
public interface BuilderMemory {
  /** Of one build, until it is closed. */
  interface Hold extends AutoCloseable {
    /** Files into which a process writes {@code 0} to be held, with all that it starts. */
    List<Path> joining();

    /**
     * How many of its processes the kernel has ended so far for want of memory, be it theirs or the
     * machine's.
     */
    long kills();

    /** Bytes that all may have together; 0 when nothing is held. */
    long bytes();

    /** Its processes are gone, or just going. */
    @Override
    void close();
  }

  /**
   * Where the machine cannot limit memory it holds nothing, and each process has its own bound
   * alone.
   *
   * @throws RegException when it can, but not now
   */
  Hold hold() throws RegException, IOException;

  /** For an engine that limits nothing. */
  static BuilderMemory none() {
    return () -> NOTHING;
  }

  /** Holds nothing. */
  Hold NOTHING =
      new Hold() {
        @Override
        public List<Path> joining() {
          return List.of();
        }

        @Override
        public long kills() {
          return 0;
        }

        @Override
        public long bytes() {
          return 0;
        }

        @Override
        public void close() {}
      };
}
