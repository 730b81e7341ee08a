package dev.reg.engine.daemon;

import dev.reg.engine.launcher.Launcher;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import java.io.IOException;

/** Makes what the daemon serves. */
@FunctionalInterface
public interface ServiceFactory {
  /**
   * Opens the stores below {@code layout}, whose lock is held. The launcher may not answer before
   * {@link Service#recover}.
   */
  Service open(Layout layout, Launcher launcher, EngineControl control)
      throws RegException, IOException;
}
