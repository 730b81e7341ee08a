package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Held by the one engine that may use a root: flock(2) on {@code root/lock}, whose content is the
 * holder's process id. Closing it, or the process's end, gives it up; the file stays.
 */
public final class RootLock implements AutoCloseable {
  private static final int PID_BYTES = 32;

  private final Fd file;

  private RootLock(Fd file) {
    this.file = file;
  }

  /**
   * Makes the root's directories and takes the lock.
   *
   * @throws RegException FAILED_PRECONDITION when another has it, naming its process id if known
   */
  public static RootLock take(Layout layout) throws IOException, RegException {
    layout.create();
    Fd file = Descriptors.open(layout.lock(), Open.O_RDWR | Open.O_CREAT | Open.O_NOFOLLOW, 0600);
    try {
      if (!Descriptors.tryLock(file)) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot use "
                + layout.root()
                + ": another engine"
                + holder(file)
                + " is using it; stop that one or choose another root with --root");
      }
      // Written in place: a shorter number than the last holder's is cut off by its newline.
      String pid = ProcessHandle.current().pid() + "\n";
      Descriptors.write(file, pid.getBytes(StandardCharsets.US_ASCII));
      return new RootLock(file);
    } catch (IOException | RegException e) {
      file.close();
      throw e;
    }
  }

  private static String holder(Fd file) throws IOException {
    byte[] content = new byte[PID_BYTES];
    int length = Math.max(0, Descriptors.read(file, content));
    String text = new String(content, 0, length, StandardCharsets.US_ASCII);
    int end = text.indexOf('\n');
    String pid = end < 0 ? "" : text.substring(0, end);
    return pid.matches("[1-9][0-9]{0,9}") ? " (process " + pid + ")" : "";
  }

  @Override
  public void close() {
    file.close();
  }
}
