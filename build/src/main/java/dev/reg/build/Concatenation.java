package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;

/** The content of a file that is made of others. */
final class Concatenation {
  /** Bytes. */
  static final int LARGEST = 64 << 20;

  private Concatenation() {}

  /** All matching files in the order of their paths; each ends in a newline. */
  static byte[] of(Recipe.Concat concat, PackageTree tree) throws IOException, RegException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<String, Node> entry : tree.nodes().entrySet()) {
      if (entry.getValue() instanceof Node.File file && concat.from().matches(entry.getKey())) {
        if (Files.size(file.content()) > LARGEST - out.size()) {
          throw refused(concat, "they are larger than " + LARGEST + " bytes");
        }
        byte[] content = Files.readAllBytes(file.content());
        out.writeBytes(content);
        if (content.length > 0 && content[content.length - 1] != '\n') {
          out.write('\n');
        }
      }
    }
    if (out.size() == 0) {
      throw refused(concat, "there are none");
    }
    return out.toByteArray();
  }

  private static RegException refused(Recipe.Concat concat, String why) {
    return new RegException(
        ErrorKind.INVALID,
        "cannot make " + concat.path() + " of the files " + concat.from() + ": " + why);
  }
}
