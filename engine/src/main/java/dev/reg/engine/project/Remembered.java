package dev.reg.engine.project;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What texts were read as, by the texts: the same one says the same whoever has it. */
final class Remembered<T> {
  private static final int TEXTS = 128;

  /** Bytes; a longer text is read each time. */
  private static final int LONGEST = 8192;

  /** Reads a text. */
  interface Reader<T> {
    T read(String origin, byte[] document) throws Mistakes;
  }

  private final Reader<T> reader;
  private final Map<String, T> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > TEXTS;
        }
      };

  Remembered(Reader<T> reader) {
    this.reader = reader;
  }

  T read(String origin, byte[] document) throws Mistakes {
    if (document.length > LONGEST) {
      return reader.read(origin, document);
    }
    // Every byte a character: no two texts have one key.
    String key = new String(document, StandardCharsets.ISO_8859_1);
    synchronized (known) {
      T before = known.get(key);
      if (before != null) {
        return before;
      }
    }
    T fresh = reader.read(origin, document);
    synchronized (known) {
      known.put(key, fresh);
    }
    return fresh;
  }
}
