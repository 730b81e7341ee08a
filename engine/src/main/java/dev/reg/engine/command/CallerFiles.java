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
import dev.reg.store.Failures;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/** Small files of the caller's, opened by the client with the caller's rights. */
final class CallerFiles {
  /** A pipe without a writer is not waited for, a terminal does not become ours. */
  static final int FOR_READING = Open.O_RDONLY | Open.O_NONBLOCK | Open.O_NOCTTY;

  private static final SecureRandom RANDOM = new SecureRandom();

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
        return Arrays.copyOf(content, length);
      }
      if (length == content.length) {
        throw invalid(path, "it grew while it was read");
      }
    }
  }

  /** No more than the first bytes of a regular file, from what the client has opened. */
  static byte[] beginning(Fd fd, String path, int most) throws RegException, IOException {
    if (!Descriptors.status(fd).isRegular()) {
      throw invalid(path, "it is no regular file");
    }
    byte[] content = new byte[most];
    int length = 0;
    while (length < most) {
      int n = Descriptors.read(fd, content, length, most - length);
      if (n == 0) {
        break;
      }
      length += n;
    }
    return Arrays.copyOf(content, length);
  }

  /**
   * Writes a file that appears whole or not at all, in place of one of this name. It is the
   * caller's own, with the permissions that the caller's umask leaves of 0666.
   */
  static void replace(Caller caller, String path, byte[] content) throws RegException, IOException {
    byte[] random = new byte[6];
    RANDOM.nextBytes(random);
    int slash = path.lastIndexOf('/') + 1;
    String beside =
        path.substring(0, slash)
            + "."
            + path.substring(slash)
            + "."
            + HexFormat.of().formatHex(random);
    try (Fd fd = create(caller, beside)) {
      write(caller, fd, beside, path, content);
    } catch (RegException e) {
      throw new RegException(e.kind(), e.line().replace(beside, path), e);
    }
  }

  private static void write(Caller caller, Fd fd, String beside, String path, byte[] content)
      throws RegException, IOException {
    try {
      Descriptors.write(fd, content);
      Descriptors.sync(fd);
      caller.rename(beside, path);
    } catch (RegException e) {
      remove(caller, beside, e);
      throw e;
    } catch (IOException e) {
      remove(caller, beside, e);
      throw Failures.orExhausted(e, "cannot write " + path);
    }
  }

  /** Undoes a creation after a failure. */
  static void remove(Caller caller, String path, Exception failure) {
    try {
      caller.remove(path);
    } catch (RegException | IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Writes a file that is not there yet: ALREADY_EXISTS when it is. */
  static void add(Caller caller, String path, byte[] content) throws RegException, IOException {
    try (Fd fd = create(caller, path)) {
      try {
        Descriptors.write(fd, content);
      } catch (IOException e) {
        remove(caller, path, e);
        throw Failures.orExhausted(e, "cannot write " + path);
      }
    }
  }

  /** A new file; ALREADY_EXISTS when something has this name. */
  static Fd create(Caller caller, String path) throws RegException, IOException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL | Open.O_NOFOLLOW;
    Fd fd = caller.open(path, flags, 0666);
    if (Descriptors.status(fd).isRegular()) {
      return fd;
    }
    fd.close();
    throw invalid(path, "it is no regular file");
  }

  private static RegException invalid(String path, String why) {
    return new RegException(ErrorKind.INVALID, "cannot read " + path + ": " + why);
  }
}
