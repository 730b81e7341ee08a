package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/** The directories that ldconfig(8) is told to look into: /etc/ld.so.conf and what it includes. */
final class LoaderConfiguration {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_DIRECTORIES = 1_024;
  private static final int MAX_FILE = 64 * 1024;

  private final SysRoot root;
  private final Set<String> directories = new LinkedHashSet<>();

  private LoaderConfiguration(SysRoot root) {
    this.root = root;
  }

  static List<String> directories(SysRoot root) throws IOException {
    LoaderConfiguration all = new LoaderConfiguration(root);
    all.file("/etc/ld.so.conf", 0);
    return List.copyOf(all.directories);
  }

  private void file(String path, int depth) throws IOException {
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
      } else if (line.startsWith("/") && directories.size() < MAX_DIRECTORIES) {
        int type = line.indexOf('=');
        String directory = (type < 0 ? line : line.substring(0, type)).strip();
        directories.add(directory.length() > 1 ? directory.replaceAll("/+$", "") : directory);
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
        file(directory + "/" + entry, depth + 1);
      }
    }
  }
}
