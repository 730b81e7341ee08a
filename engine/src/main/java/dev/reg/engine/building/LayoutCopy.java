package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Failures;
import dev.reg.template.Source;
import dev.reg.template.Sources;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Copies the directory of an OCI layout (image-layout.md of the OCI image format specification):
 * what is in it is read with the rights of whoever may, and does not change while it is parsed.
 */
final class LayoutCopy {
  /** Bytes of all files, and how many. */
  private static final long LARGEST = 8L << 30;

  private static final int MOST = 10_000;
  private static final String BLOBS = "blobs/sha256";

  private final Sources layout;
  private final Path to;
  private final BooleanSupplier given;
  private long bytes;

  private LayoutCopy(Sources layout, Path to, BooleanSupplier given) {
    this.layout = layout;
    this.to = to;
    this.given = given;
  }

  /**
   * @param given whether it is given up: nobody waits any more
   */
  static void make(Sources layout, Path to, BooleanSupplier given)
      throws IOException, RegException {
    LayoutCopy copy = new LayoutCopy(layout, to, given);
    try {
      Files.createDirectories(to.resolve(BLOBS));
      copy.file("oci-layout");
      copy.file("index.json");
      if (!(layout.open(BLOBS) instanceof Source.Directory(List<String> names))) {
        throw invalid(BLOBS + " is no directory");
      }
      if (names.size() > MOST) {
        throw invalid("it has more than " + MOST + " blobs");
      }
      for (String name : names) {
        if (name.matches("[0-9a-f]{64}")) {
          copy.file(BLOBS + "/" + name);
        }
      }
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot copy the layout");
    }
  }

  private void file(String name) throws IOException, RegException {
    if (!(layout.open(name) instanceof Source.File file)) {
      throw invalid(name + " is no file");
    }
    try (InputStream in = file.content();
        OutputStream out = Files.newOutputStream(to.resolve(name))) {
      byte[] buffer = new byte[65_536];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
        if (bytes > LARGEST) {
          throw invalid("it is larger than " + LARGEST + " bytes");
        }
        if (given.getAsBoolean()) {
          throw new RegException(
              ErrorKind.UNAVAILABLE, "cannot import the image: nobody waits for it any more");
        }
        out.write(buffer, 0, n);
      }
    }
  }

  private static RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, "cannot import the image: " + why);
  }
}
