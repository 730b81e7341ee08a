package dev.reg.engine.building;

import dev.reg.error.RegException;
import java.nio.file.Path;
import java.util.List;

/** Holds all processes of a builder to an amount of memory together. */
public interface BuilderMemory {
  /** Of one build, until it is closed. */
  interface Hold extends AutoCloseable {
    /** Files into which a process writes {@code 0} to be held, with all that it starts. */
    List<Path> joining();

    /** A sentence's end when the kernel had to end a process for want of memory; else empty. */
    String excess();

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
  Hold hold() throws RegException;

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
        public String excess() {
          return "";
        }

        @Override
        public void close() {}
      };
}
