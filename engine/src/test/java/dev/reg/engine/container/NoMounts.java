package dev.reg.engine.container;

import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.nio.file.Path;
import java.util.List;

/** For tests in which nothing is started. */
final class NoMounts implements Mounter {
  @Override
  public Fd root(
      String containerId, List<Path> lowers, Path upper, Path work, boolean volatileSync) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Fd usr(Environment environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Fd bind(Fd source, String shown, boolean readOnly) {
    throw new UnsupportedOperationException();
  }
}
