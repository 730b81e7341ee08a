package dev.reg.template;

import dev.reg.error.RegException;
import java.io.IOException;

/** Where the bytes of a template's files come from. */
@FunctionalInterface
public interface Sources {
  /**
   * Opens a source.
   *
   * @param name relative, normalised path below the template file's directory: {@code python} or
   *     {@code lib/python3.11/os.py}
   * @throws RegException NOT_FOUND when there is none, INVALID for what is neither file, directory
   *     nor link, NOT_PERMITTED when the caller may not read it
   */
  Source open(String name) throws IOException, RegException;
}
