package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.store.Layout;
import java.io.IOException;

/**
 * Has the client open what is to be mounted. Of a caller who is not root it is wanted open for
 * reading: O_PATH asks for no right on the thing itself. Within the container it is then used with
 * the caller's ids, so that nothing is to be had there that could not be had outside.
 */
final class Mountable {
  private static final int READ = Open.O_RDONLY | Open.O_NONBLOCK;

  private final Caller caller;
  private final Layout layout;
  private final boolean whole;

  Mountable(Caller caller, Layout layout) {
    this.caller = caller;
    this.layout = layout;
    this.whole = Access.of(caller.peer()).isWhole();
  }

  /** A directory: the project. The command closes it. */
  Fd directory(String path) throws RegException, IOException {
    if (whole) {
      return caller.open(path, Open.O_PATH | Open.O_DIRECTORY, 0);
    }
    return checked(caller.open(path, READ | Open.O_DIRECTORY, 0), path);
  }

  /** The working directory, which the caller keeps when it is root, and else the command closes. */
  Fd workingDirectory() throws RegException, IOException {
    return whole ? caller.cwd() : directory(".");
  }

  /** A file or directory, or whatever else has a name. The command closes it. */
  Fd volume(String path) throws RegException, IOException {
    Fd found = caller.open(path, Open.O_PATH, 0);
    if (whole) {
      return found;
    }
    FileStatus status;
    try {
      status = Descriptors.status(found);
    } catch (IOException e) {
      found.close();
      throw e;
    }
    if (status.isSocket() || status.isPipe()) {
      // Opening one would have effects on whoever is at its other end, or fail. It gives no right
      // either: connect(2) and open(2) within the container ask for the user's own.
      refuseTheEngines(found, path);
      return found;
    }
    found.close();
    if (!status.isRegular() && !status.isDirectory()) {
      throw new RegException(
          ErrorKind.NOT_PERMITTED,
          "cannot mount " + path + ": only root mounts devices, and nobody could open them there");
    }
    return checked(caller.open(path, READ, 0), path);
  }

  private Fd checked(Fd fd, String path) throws RegException, IOException {
    try {
      int flags = Descriptors.flags(fd);
      boolean reads =
          (flags & Open.O_PATH) == 0 && (flags & (Open.O_WRONLY | Open.O_RDWR)) != Open.O_WRONLY;
      FileStatus status = Descriptors.status(fd);
      if (!reads || (!status.isRegular() && !status.isDirectory())) {
        throw new RegException(
            ErrorKind.NOT_PERMITTED,
            "cannot mount " + path + ": the client did not open it for reading");
      }
    } catch (RegException | IOException e) {
      fd.close();
      throw e;
    }
    refuseTheEngines(fd, path);
    return fd;
  }

  /** Their modes keep others out already: this says so before anything is tried. */
  private void refuseTheEngines(Fd fd, String path) throws RegException, IOException {
    String place = Descriptors.path(fd) + "/";
    if (place.startsWith(layout.root() + "/") || place.startsWith(layout.runtime() + "/")) {
      fd.close();
      throw new RegException(
          ErrorKind.NOT_PERMITTED, "cannot mount " + path + ": it is the engine's own");
    }
  }
}
