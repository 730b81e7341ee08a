package dev.reg.engine.command;

import dev.reg.engine.building.BuildWatcher;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.engine.protocol.NativeLine;

/** Shows a build's progress on the caller's standard error. */
final class CallerWatcher implements BuildWatcher {
  private final Caller caller;
  private volatile boolean left;

  CallerWatcher(Caller caller) {
    this.caller = caller;
  }

  @Override
  public void progress(String line) {
    try {
      caller.err(NativeLine.of("reg: " + line));
    } catch (CallerGone e) {
      left = true;
    }
  }

  @Override
  public boolean isGone() {
    return left || caller.gone();
  }
}
