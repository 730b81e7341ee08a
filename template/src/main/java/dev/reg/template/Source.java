package dev.reg.template;

import java.io.InputStream;
import java.util.List;

/**
 * What a source name stands for. Devices, sockets and pipes have no form here: a {@link Sources}
 * refuses them.
 */
public sealed interface Source {
  /**
   * A regular file. Whoever opened it closes the stream.
   *
   * @param mode permission bits of the original; any execute bit makes the object 0755, otherwise
   *     0644, unless the template states a mode
   */
  record File(InputStream content, int mode) implements Source {}

  /** A directory; its children are opened as {@code NAME/CHILD}. */
  record Directory(List<String> children) implements Source {
    public Directory {
      children = List.copyOf(children);
    }
  }

  /** A symbolic link; only allowed within a directory source. */
  record Link(String target) implements Source {}
}
