package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.store.DiskUse;
import dev.reg.store.Layout;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What containers have on disk for themselves: what they wrote to their own root, and their copy of
 * the project; in bytes of blocks.
 */
final class PsSizes {
  private final Map<String, Long> byId = new HashMap<>();

  private PsSizes() {}

  /** Nobody asked. */
  static PsSizes none() {
    return new PsSizes();
  }

  /** Looks at every file of them. */
  static PsSizes of(List<Container> containers, Layout layout) throws IOException {
    PsSizes sizes = new PsSizes();
    for (Container container : containers) {
      DiskUse use = new DiskUse();
      use.add(layout.containerUpper(container.id()));
      use.add(layout.containerProject(container.id()));
      sizes.byId.put(container.id(), use.total());
    }
    return sizes;
  }

  /** Null when nobody asked. */
  @Nullable Long of(Container container) {
    return byId.get(container.id());
  }
}
