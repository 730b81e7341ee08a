package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * Where the loader looks when no object says otherwise: what ldconfig(8) would have put into
 * ld.so.cache, then the directories built into the loader.
 */
final class SearchPath {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_DIRECTORIES = 1_024;
  private static final int MAX_FILE = 64 * 1024;

  private final SysRoot root;
  private final Set<String> configured = new LinkedHashSet<>();

  SearchPath(SysRoot root) throws IOException {
    this.root = root;
    configuration("/etc/ld.so.conf", 0);
  }

  /**
   * In the loader's order.
   *
   * @param defaults whether the built-in directories count: not for DF_1_NODEFLIB
   */
  List<String> directories(ElfFile loader, boolean defaults) {
    Set<String> all = new LinkedHashSet<>(configured);
    List<String> built = builtIn(loader);
    if (defaults) {
      all.addAll(built);
    } else {
      // DF_1_NODEFLIB: entries of the cache count unless they lie in a default directory.
      built.forEach(all::remove);
    }
    return List.copyOf(all);
  }

  private static List<String> builtIn(ElfFile file) {
    List<String> all = new ArrayList<>();
    String triplet = triplet(file);
    if (!triplet.isEmpty()) {
      all.add("/lib/" + triplet);
      all.add("/usr/lib/" + triplet);
    }
    if (file.bits() == 64) {
      all.add("/lib64");
      all.add("/usr/lib64");
    }
    all.add("/lib");
    all.add("/usr/lib");
    return all;
  }

  /** Debian's name for what the file runs on; empty for one we do not know. */
  static String triplet(ElfFile file) {
    return switch (file.machine()) {
      case 3 -> "i386-linux-gnu";
      case 21 -> file.littleEndian() ? "powerpc64le-linux-gnu" : "powerpc64-linux-gnu";
      case 22 -> "s390x-linux-gnu";
      case 40 -> "arm-linux-gnueabihf";
      case 62 -> file.bits() == 64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
      case 183 -> "aarch64-linux-gnu";
      case 243 -> "riscv64-linux-gnu";
      default -> "";
    };
  }

  /** AT_PLATFORM, for $PLATFORM. */
  static String platform(ElfFile file) {
    return switch (file.machine()) {
      case 3 -> "i686";
      case 21 -> "power8";
      case 62 -> "x86_64";
      case 183 -> "aarch64";
      default -> "";
    };
  }

  private void configuration(String path, int depth) throws IOException {
    SysRoot.Place place = root.file(path);
    if (place == null || depth > MAX_DEPTH) {
      return;
    }
    String text = new String(root.head(place.path(), MAX_FILE), StandardCharsets.UTF_8);
    for (String whole : text.lines().toList()) {
      int comment = whole.indexOf('#');
      String line = (comment < 0 ? whole : whole.substring(0, comment)).strip();
      if (line.startsWith("include ") || line.startsWith("include\t")) {
        for (String pattern : line.substring("include".length()).strip().split("\\s+", -1)) {
          include(pattern, path, depth);
        }
      } else if (line.startsWith("/") && configured.size() < MAX_DIRECTORIES) {
        int type = line.indexOf('=');
        String directory = (type < 0 ? line : line.substring(0, type)).strip();
        configured.add(directory.length() > 1 ? directory.replaceAll("/+$", "") : directory);
      }
    }
  }

  private void include(String pattern, String from, int depth) throws IOException {
    String absolute =
        pattern.startsWith("/") ? pattern : from.substring(0, from.lastIndexOf('/') + 1) + pattern;
    String directory = absolute.substring(0, absolute.lastIndexOf('/'));
    String name = absolute.substring(directory.length() + 1);
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + name);
    } catch (PatternSyntaxException e) {
      // As for ldconfig, a pattern that matches nothing.
      return;
    }
    for (String entry : root.list(directory.isEmpty() ? "/" : directory)) {
      if (!entry.startsWith(".") && matcher.matches(Path.of(entry))) {
        configuration(directory + "/" + entry, depth + 1);
      }
    }
  }
}
