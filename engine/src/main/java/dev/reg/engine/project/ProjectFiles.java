package dev.reg.engine.project;

/** Reads projects' files, and remembers what the same text said before. */
public final class ProjectFiles {
  private final Remembered<ProjectFile> projects = new Remembered<>(ProjectReader::read);
  private final Remembered<Lock> locks = new Remembered<>(LockReader::read);

  /**
   * Reads a reg.yaml.
   *
   * @param origin how messages name it
   */
  public ProjectFile project(String origin, byte[] document) throws Mistakes {
    return projects.read(origin, document);
  }

  /** Reads a reg.lock. */
  public Lock lock(String origin, byte[] document) throws Mistakes {
    return locks.read(origin, document);
  }
}
