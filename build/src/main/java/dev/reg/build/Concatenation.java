package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
        if (file.content().size() > LARGEST - out.size()) {
          throw refused(concat, "they are larger than " + LARGEST + " bytes");
        }
        byte[] content;
        try (InputStream in = file.content().open()) {
          content = in.readAllBytes();
        }
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

  /** The one package that all these files are of; null when they are of several. */
  static @Nullable String origin(Recipe.Concat concat, PackageTree tree) {
    List<String> origins =
        tree.nodes().entrySet().stream()
            .filter(entry -> entry.getValue() instanceof Node.File)
            .filter(entry -> concat.from().matches(entry.getKey()))
            .map(entry -> entry.getValue().origin())
            .distinct()
            .toList();
    return origins.size() == 1 ? origins.getFirst() : null;
  }

  private static RegException refused(Recipe.Concat concat, String why) {
    return new RegException(
        ErrorKind.INVALID,
        "cannot make " + concat.path() + " of the files " + concat.from() + ": " + why);
  }
}
