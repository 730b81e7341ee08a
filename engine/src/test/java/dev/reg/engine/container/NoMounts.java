package dev.reg.engine.container;

import dev.reg.linux.Fd;
import dev.reg.store.Environment;
import java.nio.file.Path;
import java.util.List;

/** For tests in which nothing is started: a mount fails them. */
final class NoMounts implements Mounter {
  @Override
  public Fd root(
      String containerId, List<Path> lowers, Path upper, Path work, boolean volatileSync) {
    throw new AssertionError("nothing is to be mounted here");
  }

  @Override
  public Fd usr(Environment environment) {
    throw new AssertionError("nothing is to be mounted here");
  }

  @Override
  public Fd bind(Fd source, String shown, boolean readOnly) {
    throw new AssertionError("nothing is to be mounted here");
  }
}
