package dev.reg.engine.protocol;

import dev.reg.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * A client that takes its side of a copy; whoever has this record closes it.
 *
 * @param messages a pipe; what is written there the client shows its user in the end
 * @param data a pipe: its reading end when the client packs, its writing end when it unpacks; null
 *     when it does neither
 */
public record CallerCopy(Fd messages, @Nullable Fd data) implements AutoCloseable {
  /** What the client itself is to do. */
  public enum Part {
    /** Nothing but show messages. */
    NONE(Wire.COPY_NONE),
    /** Read a file or tree of the caller's. */
    PACK(Wire.COPY_PACK),
    /** Make files of the caller's. */
    UNPACK(Wire.COPY_UNPACK);

    final int code;

    Part(int code) {
      this.code = code;
    }
  }

  /**
   * What the client is asked for.
   *
   * @param path as the client sees it; empty with {@link Part#NONE}
   * @param name what every name in the archive begins with; see reg-copier
   * @param owners whether files are to get the owners that the archive names
   * @param follow whether the path itself may be a link that is followed
   */
  public record Order(Part part, String path, String name, boolean owners, boolean follow) {}

  @Override
  public void close() {
    messages.close();
    if (data != null) {
      data.close();
    }
  }
}
