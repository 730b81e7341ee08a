package dev.reg.engine.project;

import java.util.LinkedHashMap;
import java.util.Map;

/** What texts were read as, by the texts: the same one says the same whoever has it. */
final class Remembered<T> {
  private static final int TEXTS = 128;

  /** Characters; a longer text is read each time. */
  private static final int LONGEST = 8192;

  /** Reads the text. */
  interface Reader<T> {
    T read() throws Mistakes;
  }

  private final Map<String, T> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > TEXTS;
        }
      };

  /** As before; what has mistakes is read again. */
  T get(String text, Reader<T> reader) throws Mistakes {
    if (text.length() > LONGEST) {
      return reader.read();
    }
    synchronized (known) {
      T before = known.get(text);
      if (before != null) {
        return before;
      }
    }
    T fresh = reader.read();
    synchronized (known) {
      known.put(text, fresh);
    }
    return fresh;
  }
}
