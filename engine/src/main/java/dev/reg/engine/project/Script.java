package dev.reg.engine.project;

import org.jspecify.annotations.Nullable;

/**
 * What the block of a script says.
 *
 * @param file the table {@code [tool.reg]}, with the same keys as reg.yaml
 * @param python {@code requires-python}, when the file names no runtime
 * @param pythonLine where that is
 * @param dependencies where packages are asked for; 0 when none are
 */
public record Script(
    ProjectFile file, @Nullable PythonVersions python, int pythonLine, int dependencies) {
  /** Bytes at a script's beginning among which its block must be. */
  public static final int LARGEST = 64 * 1024;
}
