package dev.reg.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What is opened through certain mounts, whoever does it: fanotify(7), which tells of every
 * successful open(2) and execve(2), and of nothing that was not found. Needs CAP_SYS_ADMIN.
 */
public final class OpenedFiles implements AutoCloseable {
  private static final int FAN_CLOEXEC = 0x1;
  private static final int FAN_NONBLOCK = 0x2;
  private static final int FAN_UNLIMITED_QUEUE = 0x10;
  private static final int FAN_MARK_ADD = 0x1;
  private static final int FAN_MARK_MOUNT = 0x10;
  private static final long FAN_OPEN = 0x20;
  private static final long FAN_OPEN_EXEC = 0x1000;

  /** struct fanotify_event_metadata of linux/fanotify.h: its fields up to version 3. */
  private static final int METADATA = 24;

  private static final int VERSION = 3;
  private static final int BUFFER = 64 * METADATA;

  private final Fd fd;

  private OpenedFiles(Fd fd) {
    this.fd = fd;
  }

  /** Nothing is watched yet. */
  public static OpenedFiles create() throws SyscallException {
    long result =
        Kernel.call(
            Scratch.get(),
            Sys.FANOTIFY_INIT,
            FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE,
            Open.O_RDONLY | Open.O_CLOEXEC | Open.O_NONBLOCK);
    return new OpenedFiles(Descriptors.fd(result, "fanotify_init", ""));
  }

  /** Watches a mount from now on, also a detached one, wherever it is attached later. */
  public void watch(Fd mount) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      // Not the descriptor itself: the call takes none that is O_PATH.
      long r =
          Kernel.call(
              s,
              Sys.FANOTIFY_MARK,
              fd.number(),
              FAN_MARK_ADD | FAN_MARK_MOUNT,
              FAN_OPEN | FAN_OPEN_EXEC,
              mount.number(),
              s.string("."),
              0);
      Descriptors.check(r, "fanotify_mark", mount);
    } finally {
      s.reset(mark);
    }
  }

  /** Takes what was opened. */
  public interface Sink {
    /**
     * One or more opens of a file.
     *
     * @param file open for reading; closed when this returns
     */
    void opened(Fd file) throws IOException;
  }

  /**
   * Hands over what was opened since the last call.
   *
   * @param milliseconds how long to wait for the first; 0 only looks
   * @return whether there was any
   */
  public boolean read(int milliseconds, Sink sink) throws IOException {
    if (Poll.await(fd, Poll.IN, milliseconds) == 0) {
      return false;
    }
    byte[] buffer = new byte[BUFFER];
    int length = Descriptors.read(fd, buffer);
    ByteBuffer events = ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
    IOException failure = null;
    while (events.remaining() >= METADATA) {
      int at = events.position();
      int size = events.getInt(at);
      if (events.get(at + 4) != VERSION || size < METADATA || size > events.remaining()) {
        throw new IOException("the kernel's fanotify events have a form that is not known");
      }
      int number = events.getInt(at + 16);
      events.position(at + size);
      if (number >= 0) {
        try (Fd file = Fd.adopt(number)) {
          sink.opened(file);
        } catch (IOException e) {
          failure = e; // the descriptors behind it are to be closed all the same
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  @Override
  public void close() {
    fd.close();
  }
}
