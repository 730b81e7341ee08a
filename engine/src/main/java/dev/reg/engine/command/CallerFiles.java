package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.io.IOException;

/** Small files of the caller's, opened by the client with the caller's rights. */
final class CallerFiles {
  /** A pipe without a writer is not waited for, a terminal does not become ours. */
  static final int FOR_READING = Open.O_RDONLY | Open.O_NONBLOCK | Open.O_NOCTTY;

  private CallerFiles() {}

  /**
   * Whether a name may be in a directory: false only when it surely is not. Costs no round trip,
   * and says nothing about whether the caller may open it.
   *
   * @param directory O_PATH will do
   */
  static boolean mayExist(Fd directory, String name) {
    try {
      Descriptors.statusAt(directory, name);
      return true;
    } catch (SyscallException e) {
      return e.errno() != Errno.ENOENT;
    }
  }

  /**
   * The content of a regular file; a link to one will do.
   *
   * @param path as the client sees it
   * @param most bytes; INVALID for more
   */
  static byte[] read(Caller caller, String path, int most) throws RegException, IOException {
    try (Fd fd = caller.open(path, FOR_READING, 0)) {
      return read(fd, path, most);
    }
  }

  /** As {@link #read(Caller, String, int)}, from what the client has opened. */
  static byte[] read(Fd fd, String path, int most) throws RegException, IOException {
    FileStatus status = Descriptors.status(fd);
    if (!status.isRegular()) {
      throw invalid(path, "it is no regular file");
    }
    if (status.size() > most) {
      throw invalid(path, "it has " + status.size() + " bytes, more than the " + most + " allowed");
    }
    byte[] content = new byte[(int) status.size() + 1];
    int length = 0;
    while (true) {
      int n = Descriptors.read(fd, content, length, content.length - length);
      length += n;
      if (n == 0) {
        return java.util.Arrays.copyOf(content, length);
      }
      if (length == content.length) {
        throw invalid(path, "it grew while it was read");
      }
    }
  }

  private static RegException invalid(String path, String why) {
    return new RegException(ErrorKind.INVALID, "cannot read " + path + ": " + why);
  }
}
