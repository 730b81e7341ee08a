package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;

/** What a failed operation on disk means. */
public final class Failures {
  private Failures() {}

  /** Whether this is the failure of a system call with that error number. */
  static boolean is(IOException failure, int errno) {
    if (failure instanceof SyscallException call) {
      return call.errno() == errno;
    }
    // The JDK gives no error number, only strerror(3)'s text: at the end of the message of a
    // write, as the "reason" of an operation on a path.
    String text =
        failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
    return text != null && text.endsWith(Errno.describe(errno));
  }

  /** Whether the disk or the quota is full: of bytes or of inodes. */
  public static boolean isFull(IOException failure) {
    return is(failure, Errno.ENOSPC) || is(failure, Errno.EDQUOT);
  }

  /**
   * Throws EXHAUSTED when the disk or the quota is full, else returns the failure itself.
   *
   * @param tried what was being done on what, as in "cannot store an object in /var/lib/reg"
   */
  public static IOException orExhausted(IOException failure, String tried) throws RegException {
    if (isFull(failure)) {
      String why = Errno.describe(is(failure, Errno.ENOSPC) ? Errno.ENOSPC : Errno.EDQUOT);
      throw new RegException(
          ErrorKind.EXHAUSTED,
          tried + ": " + why + "; free space or inodes there, or remove unused templates",
          failure);
    }
    return failure;
  }

  /** The JVM's locale cannot express a name: file names are bytes, and ours are UTF-8. */
  static RegException inexpressible(String path, InvalidPathException failure) {
    return new RegException(
        ErrorKind.FAILED_PRECONDITION,
        "cannot make "
            + Text.quote(path)
            + ": the engine's locale cannot express the name; start the engine with LC_ALL=C.UTF-8",
        failure);
  }
}
