package dev.reg.template;

import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * One file of a template.
 *
 * @param source where its bytes come from, relative to the template file; a directory stands for
 *     all of its tree
 * @param path absolute path in the container, normalised, {@code /bin} already mapped to {@code
 *     /usr/bin}
 * @param digest sha256 of the bytes; null when not stated, never null in a stored template
 * @param mode permission bits; null when not stated, never null in a stored template
 */
public record TemplateFile(
    String source, String path, @Nullable Digest digest, @Nullable Integer mode) {

  /** The object of a file that has digest and mode. */
  public ObjectId object() {
    return object(path, digest, mode);
  }

  static ObjectId object(String what, @Nullable Digest digest, @Nullable Integer mode) {
    if (digest == null || mode == null) {
      throw new IllegalStateException("not resolved: " + what);
    }
    return new ObjectId(digest, mode);
  }
}
