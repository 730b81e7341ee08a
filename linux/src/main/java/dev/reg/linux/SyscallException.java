package dev.reg.linux;

import java.io.IOException;

/** A system call failed. The message reads "openat /x: No such file or directory". */
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  public SyscallException(String call, String subject, int errno) {
    this(call, subject, errno, "");
  }

  /** {@code detail} is what the kernel had to say beyond the number (a mount's log), or empty. */
  SyscallException(String call, String subject, int errno, String detail) {
    super(
        call
            + (subject.isEmpty() ? "" : " " + subject)
            + ": "
            + Errno.describe(errno)
            + (detail.isEmpty() ? "" : " (" + detail + ")"));
    this.call = call;
    this.errno = errno;
  }

  /** The system call's name. */
  public String call() {
    return call;
  }

  /** The error number, see {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** The reason alone, for a message that names the subject itself. */
  public String reason() {
    return Errno.describe(errno);
  }
}
