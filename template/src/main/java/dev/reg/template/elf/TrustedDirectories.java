package dev.reg.template.elf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The directories that a distribution has built into its loader, read from the loader itself:
 * glibc's elf/dl-load.c keeps them as texts one behind the other, each ending in a slash and NUL.
 */
final class TrustedDirectories {
  private static final int LARGEST = 8 << 20;
  private static final int MOST = 32;
  private static final int LONGEST = 256;

  private TrustedDirectories() {}

  /** In the loader's order; empty when there are none to be seen in it. */
  static List<String> of(Path loader) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(loader, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(LARGEST);
    }
    List<String> best = List.of();
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '/' && (at == 0 || bytes[at - 1] == 0)) {
        List<String> run = run(bytes, at);
        if (run.size() > best.size() && run.getFirst().startsWith("/lib")) {
          best = run;
        }
      }
    }
    return best.size() < 2 ? List.of() : best;
  }

  private static List<String> run(byte[] bytes, int start) {
    List<String> found = new ArrayList<>();
    int at = start;
    while (at < bytes.length && bytes[at] == '/' && found.size() < MOST) {
      int end = at;
      while (end < bytes.length && end - at < LONGEST && isOfPath(bytes[end])) {
        end++;
      }
      if (end >= bytes.length || bytes[end] != 0 || bytes[end - 1] != '/' || end - at < 2) {
        break;
      }
      found.add(new String(bytes, at, end - at - 1, StandardCharsets.US_ASCII));
      at = end + 1;
    }
    return found;
  }

  private static boolean isOfPath(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '/'
        || b == '-'
        || b == '_'
        || b == '.';
  }
}
