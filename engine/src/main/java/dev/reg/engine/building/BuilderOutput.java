package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.DirectorySources;
import dev.reg.template.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Reads what a builder wrote. Whatever it read may have made it somebody else's: a file it leaves
 * may be a link, a pipe or without end.
 */
final class BuilderOutput {
  /** Bytes of a template, whose files have no digests yet: of some 40,000. */
  static final int LARGEST_TEMPLATE = 4 << 20;

  private BuilderOutput() {}

  /**
   * A file below the output of a builder that has ended.
   *
   * @param largest bytes that it may have
   */
  static byte[] read(Path out, String name, int largest) throws IOException, RegException {
    boolean there = Files.exists(out.resolve(name), LinkOption.NOFOLLOW_LINKS);
    if (there && new DirectorySources(out).open(name) instanceof Source.File file) {
      try (InputStream in = file.content()) {
        byte[] content = in.readNBytes(largest + 1);
        if (content.length <= largest) {
          return content;
        }
      }
    }
    throw new RegException(
        ErrorKind.INVALID,
        "cannot use what the builder made: "
            + name
            + " is no file of at most "
            + largest
            + " bytes");
  }
}
