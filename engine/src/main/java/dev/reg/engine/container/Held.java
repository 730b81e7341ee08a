package dev.reg.engine.container;

import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a slot of the launcher is for: the processes of a container, or one that joined a container.
 * Called as the launcher's events come, one after the other.
 */
interface Held {
  Run run();

  /** What the launcher knows it by: 64 hexadecimal digits. */
  String id();

  /** Whether it is no container but a process in one. */
  boolean joined();

  /** The program has been executed; {@link Run#pid} is known. */
  void started();

  /** It never came to be. */
  void abandoned();

  /** The program has ended; other processes and the mounts may still be going. */
  void exited(Exit exit);

  /** The last process is gone. */
  void gone(Exit exit) throws RegException;

  /** The exit code as others than the launcher know it. */
  OptionalInt code();

  /**
   * The process, ended or not, if it is still the one that was started: a number alone may have
   * become another's.
   */
  Optional<Fd> process();

  /** Ends what a launcher that died may have started without telling of it. */
  void killUnknown() throws IOException;
}
