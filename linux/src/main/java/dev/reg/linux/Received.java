package dev.reg.linux;

import java.util.List;

/**
 * One message of a SEQPACKET socket with the descriptors that rode on it, which the taker closes.
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier between socket and parser, never compared
public record Received(byte[] bytes, List<Fd> fds) implements AutoCloseable {
  /** Closes the descriptors that nobody has released. */
  @Override
  public void close() {
    Fd.closeAll(fds);
  }
}
