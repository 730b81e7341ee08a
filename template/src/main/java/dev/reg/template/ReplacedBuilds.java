package dev.reg.template;

import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The versions of libraries that templates had before they were replaced, for as long as the files
 * are there: a container may still run on them. Without it only the names of versions are lost.
 */
public final class ReplacedBuilds {
  private static final int MAX_BYTES = 4 * 1024 * 1024;

  private final Path file;

  public ReplacedBuilds(Layout layout) {
    this.file = layout.replacedBuilds();
  }

  /** Versions of packages by object. */
  public Map<ObjectId, String> read() throws IOException {
    Map<ObjectId, String> known = new HashMap<>();
    String text;
    try {
      text = new String(TemplateFiles.bounded(file, MAX_BYTES), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return known;
    }
    for (String line : text.lines().toList()) {
      int space = line.indexOf(' ');
      try {
        known.put(ObjectId.parse(line.substring(0, Math.max(space, 0))), line.substring(space + 1));
      } catch (IllegalArgumentException e) {
        // Written by a program of another day: nobody depends on it.
      }
    }
    return known;
  }

  /**
   * Adds some, and forgets those of which the file is gone.
   *
   * @param isThere whether an object is stored
   */
  public void add(Map<ObjectId, String> more, Predicate<ObjectId> isThere) throws IOException {
    Map<ObjectId, String> known = read();
    known.putAll(more);
    TreeMap<String, String> lines = new TreeMap<>();
    known.forEach(
        (object, version) -> {
          if (isThere.test(object)) {
            lines.put(object.toString(), version);
          }
        });
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> line : lines.entrySet()) {
      String next = line.getKey() + " " + line.getValue() + "\n";
      if (text.length() + next.length() <= MAX_BYTES / 4) {
        text.append(next);
      }
    }
    Files.createDirectories(file.getParent());
    TemplateFiles.replace(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
