package dev.reg.linux;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * What /proc tells of a process (proc_pid_stat(5), proc_pid_status(5), proc_pid_cmdline(5)).
 *
 * @param uid effective
 * @param terminal device number as {@code tty_nr}; 0 for none
 * @param ticks processor time used, user and system, in hundredths of a second (USER_HZ)
 * @param startTicks when it started, in hundredths of a second after boot
 * @param name of the program, at most 15 bytes of it
 * @param command its arguments, spaces between; its name in brackets when it has none
 */
public record ProcessStatus(
    int pid,
    int parent,
    int uid,
    int terminal,
    long ticks,
    long startTicks,
    String name,
    String command) {
  private static final int LARGEST_STATUS = 1 << 16;
  private static final int LARGEST_COMMAND = 4096;

  /** Of a process; empty when there is none any more. */
  public static Optional<ProcessStatus> of(int pid) throws IOException {
    String stat;
    String status;
    byte[] arguments;
    try {
      stat = NativeText.decode(start("/proc/" + pid + "/stat", LARGEST_STATUS));
      status = NativeText.decode(start("/proc/" + pid + "/status", LARGEST_STATUS));
      arguments = start("/proc/" + pid + "/cmdline", LARGEST_COMMAND);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
        return Optional.empty();
      }
      throw e;
    }
    // Field 2 is the name in parentheses, which may contain anything; the rest is from field 3 on.
    int end = stat.lastIndexOf(')');
    String name = stat.substring(stat.indexOf('(') + 1, end);
    String[] fields = stat.substring(end + 2).split(" ", -1);
    return Optional.of(
        new ProcessStatus(
            pid,
            Integer.parseInt(fields[4 - 3]),
            uid(status),
            Integer.parseInt(fields[7 - 3]),
            Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3]),
            Long.parseLong(fields[22 - 3]),
            name,
            arguments.length == 0 ? "[" + name + "]" : words(arguments)));
  }

  /** "Uid:", then real, effective, saved and filesystem. */
  private static int uid(String status) {
    int at = status.indexOf("\nUid:\t") + 6;
    String[] ids = status.substring(at, status.indexOf('\n', at)).split("\t", -1);
    return Integer.parseUnsignedInt(ids[1]);
  }

  private static String words(byte[] arguments) {
    return NativeText.decode(arguments).replace('\0', ' ').strip();
  }

  /** A file's beginning, at most so many bytes. */
  private static byte[] start(String path, int most) throws SyscallException {
    byte[] text = new byte[most];
    int length = 0;
    try (Fd fd = Descriptors.open(path, Open.O_RDONLY, 0)) {
      int got = 1;
      while (length < most && got > 0) {
        got = Descriptors.read(fd, text, length, most - length);
        length += got;
      }
    }
    return Arrays.copyOf(text, length);
  }
}
