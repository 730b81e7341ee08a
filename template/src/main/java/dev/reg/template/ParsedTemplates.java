package dev.reg.template;

import dev.reg.store.Digest;
import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What documents of templates say, by their digests: parsing a large one takes the tenth of a
 * second, and a change of the repository asks for all. As long as there is memory to spare; safe
 * for use by several threads.
 */
final class ParsedTemplates {
  private static final int MOST = 64;

  private final Map<Digest, SoftReference<Template>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, SoftReference<Template>> eldest) {
          return size() > MOST;
        }
      };

  /** Null when it is not known, or not any more. */
  synchronized @Nullable Template get(Digest document) {
    SoftReference<Template> found = known.get(document);
    return found == null ? null : found.get();
  }

  /** The template that a document of that digest was found to say. */
  synchronized void put(Digest document, Template template) {
    known.put(document, new SoftReference<>(template));
  }
}
