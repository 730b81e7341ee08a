package dev.reg.engine.container;

import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;

/** The files in which containers' inits leave exit codes: decimal text and a newline. */
final class Exits {
  private static final int LONGEST = 4;

  private final Layout layout;

  Exits(Layout layout) {
    this.layout = layout;
  }

  /**
   * The code that the container's init wrote; empty when it wrote none, or not all of it. The file
   * can only be written by the init, but what it says is checked all the same.
   */
  OptionalInt read(String containerId) throws IOException {
    Path file = layout.exit(containerId);
    String text;
    try {
      if (Files.size(file) > LONGEST) {
        return OptionalInt.empty();
      }
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return OptionalInt.empty();
    }
    if (!text.matches("[0-9]{1,3}\n")) {
      return OptionalInt.empty();
    }
    int code = Integer.parseInt(text.strip());
    return code <= 255 ? OptionalInt.of(code) : OptionalInt.empty();
  }

  void delete(String containerId) throws IOException {
    Files.deleteIfExists(layout.exit(containerId));
  }
}
