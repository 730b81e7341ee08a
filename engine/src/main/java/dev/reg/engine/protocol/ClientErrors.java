package dev.reg.engine.protocol;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;

/** What a client's errno means for the person at it. */
final class ClientErrors {
  private ClientErrors() {}

  static RegException opening(String path, int errno) {
    return new RegException(kind(errno), "cannot open " + path + ": " + Errno.describe(errno));
  }

  static RegException listing(String path, int errno) {
    return new RegException(
        kind(errno), "cannot read directory " + path + ": " + Errno.describe(errno));
  }

  static RegException reading(String path, int errno) {
    return new RegException(kind(errno), "cannot read " + path + ": " + Errno.describe(errno));
  }

  static RegException renaming(String from, String to, int errno) {
    String task = to.isEmpty() ? "cannot remove " + from : "cannot rename " + from + " to " + to;
    return new RegException(kind(errno), task + ": " + Errno.describe(errno));
  }

  private static ErrorKind kind(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENOTDIR -> ErrorKind.NOT_FOUND;
      case Errno.EEXIST -> ErrorKind.ALREADY_EXISTS;
      case Errno.EACCES, Errno.EPERM, Errno.EROFS -> ErrorKind.NOT_PERMITTED;
      case Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.ENOSPC, Errno.EDQUOT ->
          ErrorKind.EXHAUSTED;
      default -> ErrorKind.INVALID;
    };
  }
}
