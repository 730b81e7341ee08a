package dev.reg.engine.daemon;

import dev.reg.engine.launcher.Launcher;
import java.util.OptionalInt;

/** Whom the launcher's events reach while there is no service for them. */
final class Nobody implements Launcher.Listener {
  @Override
  public void started(int slot, int pid) {}

  @Override
  public void failed(int slot, int operation, int errno) {}

  @Override
  public void exited(int slot, int code) {}

  @Override
  public void gone(int slot, OptionalInt code) {}

  @Override
  public void lost() {}

  @Override
  public void restored() {}
}
