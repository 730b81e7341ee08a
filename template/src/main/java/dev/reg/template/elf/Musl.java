package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What musl's loader (its ldso/dynlink.c, load_library) does in another way than glibc's. */
final class Musl {
  private static final int MAX_FILE = 4_096;
  private static final Pattern ITSELF =
      Pattern.compile("lib(?:c|pthread|rt|m|dl|util|xnet)\\..*", Pattern.DOTALL);
  private static final Pattern LIBC = Pattern.compile("libc\\.musl-([A-Za-z0-9_]+)\\.so\\.1");

  private Musl() {}

  /** Whether it loads a program with this interpreter, or a library that needs these. */
  static boolean is(@Nullable String interpreter, List<String> needed) {
    return interpreter == null
        ? needed.stream().anyMatch(name -> LIBC.matcher(name).matches())
        : interpreter.substring(interpreter.lastIndexOf('/') + 1).startsWith("ld-musl-");
  }

  /** Its path, which for a library follows from the C library that it needs. */
  static String loader(@Nullable String interpreter, List<String> needed) {
    if (interpreter != null) {
      return interpreter;
    }
    return needed.stream()
        .map(LIBC::matcher)
        .filter(matcher -> matcher.matches())
        .map(matcher -> "/lib/ld-musl-" + matcher.group(1) + ".so.1")
        .findFirst()
        .orElse("/lib/ld-musl.so.1");
  }

  /** Whether a library's name means the loader, which is the C library. */
  static boolean isItself(String name) {
    return ITSELF.matcher(name).matches();
  }

  /** Where it looks: what /etc/ld-musl-ARCH.path says, or what is built in. */
  static List<String> path(SysRoot root, String loader) throws IOException {
    String name = loader.substring(loader.lastIndexOf('/') + 1);
    SysRoot.Place place = root.file("/etc/" + name.replaceFirst("\\.so\\.1$", "") + ".path");
    if (place == null) {
      return List.of("/lib", "/usr/local/lib", "/usr/lib");
    }
    String text = new String(root.head(place.path(), MAX_FILE), StandardCharsets.UTF_8);
    return List.of(text.strip().split("[\n:]+", -1));
  }
}
