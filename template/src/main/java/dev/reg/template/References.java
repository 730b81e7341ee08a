package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** The objects that a template refers to. */
final class References {
  private References() {}

  static Set<ObjectId> of(Template template) {
    Set<ObjectId> used = new HashSet<>();
    template.files().forEach(file -> used.add(file.object()));
    template.libs().forEach(lib -> used.add(lib.object()));
    return used;
  }

  /** The size of all of them, each once; NOT_FOUND when one is missing. */
  static long bytes(ObjectStore objects, Template template) throws IOException, RegException {
    long bytes = 0;
    for (ObjectId object : of(template)) {
      bytes += objects.size(object);
    }
    return bytes;
  }
}
