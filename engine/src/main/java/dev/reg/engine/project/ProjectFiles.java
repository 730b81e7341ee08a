package dev.reg.engine.project;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads projects' files, and remembers what the same text said before. */
public final class ProjectFiles {
  private static final int REMEMBERED = 128;
  private static final int LONGEST_REMEMBERED = 8192;

  /** By the text itself: it says the same whoever has it. */
  private final Map<String, ProjectFile> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ProjectFile> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * Reads a reg.yaml.
   *
   * @param origin how messages name it
   */
  public ProjectFile read(String origin, byte[] document) throws Mistakes {
    if (document.length > LONGEST_REMEMBERED) {
      return ProjectReader.read(origin, document);
    }
    // Every byte a character: another text can't have the same key.
    String key = new String(document, StandardCharsets.ISO_8859_1);
    synchronized (known) {
      ProjectFile before = known.get(key);
      if (before != null) {
        return before;
      }
    }
    ProjectFile file = ProjectReader.read(origin, document);
    synchronized (known) {
      known.put(key, file);
    }
    return file;
  }
}
