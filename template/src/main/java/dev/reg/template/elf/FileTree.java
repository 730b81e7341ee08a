package dev.reg.template.elf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Files as a program finds them below one root. All paths are absolute within it, and no component
 * but the last is a symbolic link: {@link SysRoot} follows those.
 */
public interface FileTree {
  /** What there is at a path. */
  enum Kind {
    MISSING,
    FILE,
    DIRECTORY,
    LINK,
    /** A device, socket or the like. */
    OTHER
  }

  Kind kind(String path) throws IOException;

  /** What a symbolic link says. */
  String target(String link) throws IOException;

  /** Names in a directory, sorted. */
  List<String> list(String directory) throws IOException;

  /** Where on this machine a file's bytes are: equal for two files that are one. */
  Path content(String file);

  /** Whether anybody may execute a file. */
  boolean isExecutable(String file) throws IOException;
}
