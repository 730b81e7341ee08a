package dev.reg.engine.command;

import dev.reg.engine.building.BuildWatcher;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;

/** Shows a build's progress on the caller's standard error. */
final class CallerWatcher implements BuildWatcher {
  private final Caller caller;

  CallerWatcher(Caller caller) {
    this.caller = caller;
  }

  @Override
  public void progress(String line) {
    // Others may wait for the same build: none of them for this client.
    caller.hint(NativeLine.of("reg: " + line));
  }

  @Override
  public boolean isGone() {
    return caller.gone();
  }
}
