package dev.reg.engine.project;

import java.nio.charset.StandardCharsets;

/** Reads projects' files, and remembers what the same text said before. */
public final class ProjectFiles {
  private final Remembered<ProjectFile> projects = new Remembered<>();
  private final Remembered<Lock> locks = new Remembered<>();
  private final Remembered<Script> scripts = new Remembered<>();

  /**
   * Reads a reg.yaml.
   *
   * @param origin how messages name it
   */
  public ProjectFile project(String origin, byte[] document) throws Mistakes {
    return projects.get(key(document), () -> ProjectReader.read(origin, document));
  }

  /** Reads a reg.lock. */
  public Lock lock(String origin, byte[] document) throws Mistakes {
    return locks.get(key(document), () -> LockReader.read(origin, document));
  }

  /** Reads a script's beginning, at most {@link Script#LARGEST} bytes. */
  public Script script(String origin, byte[] beginning) throws Mistakes {
    ScriptBlock block = ScriptBlock.find(origin, beginning);
    return scripts.get(block.line() + "\n" + block.text(), () -> ScriptReader.read(origin, block));
  }

  /** Every byte a character: no two documents have one key. */
  private static String key(byte[] document) {
    return new String(document, StandardCharsets.ISO_8859_1);
  }
}
