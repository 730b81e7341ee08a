package dev.reg.engine.container;

import dev.reg.engine.environment.BaseLayer;
import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The detached mounts that every start has: the overlay for {@code /} and the environment's {@code
 * /usr}. Nothing in them is a caller's, so they can be made before there is one.
 */
record Layers(Environment environment, Fd root, Fd usr) implements AutoCloseable {
  /**
   * Mounts them.
   *
   * @param volatileSync whether writes are never synced; then it can be done only once
   */
  static Layers mount(
      Mounter mounter,
      String containerId,
      Environment environment,
      BaseLayer.Generation base,
      Path upper,
      Path work,
      boolean volatileSync)
      throws IOException {
    List<Path> lowers = List.of(environment.root(), base.directory());
    Fd root = mounter.root(containerId, lowers, upper, work, volatileSync);
    try {
      return new Layers(environment, root, mounter.usr(environment));
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  /** Whether they show this very environment: another of the same digest is another tree. */
  @SuppressWarnings("ReferenceEquality")
  boolean show(Environment other) {
    return environment == other;
  }

  @Override
  public void close() {
    root.close();
    usr.close();
  }
}
