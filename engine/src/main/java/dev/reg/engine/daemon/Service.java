package dev.reg.engine.daemon;

import dev.reg.engine.access.Admission;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.protocol.Commands;
import dev.reg.engine.protocol.Sessions;
import dev.reg.error.RegException;
import java.io.IOException;

/**
 * Everything the daemon serves: commands, sessions, and the launcher's events. The daemon's order:
 * construct, connect the launcher (events arrive from here on), {@link #recover}, accept clients …,
 * no new clients, GOODBYE to the attached ones, {@link #close}, disconnect the launcher.
 */
public interface Service extends Commands, Sessions, Launcher.Listener, AutoCloseable {
  /** Who may connect; the same for the engine's whole life. */
  Admission admission();

  /** Finds again what an earlier engine left: containers, their exits, half-made directories. */
  void recover() throws RegException, IOException;

  /** Whether containers run, so that the launcher must stay when the engine stops. */
  boolean hasRunning();

  /** Writes what is pending; containers keep running. */
  @Override
  void close();
}
