package dev.reg.engine.protocol;

/**
 * A conversation that the attach loop serves. Its methods may be called from any thread, do nothing
 * once the conversation has ended, and never block but for {@link #awaitRoom}.
 */
public interface Attachment {
  /** Bytes for the client's standard output (1) or error (2); queued while the client is behind. */
  void out(int fd, byte[] bytes);

  /**
   * Waits until the client has taken nearly all of what was queued: a client that falls megabytes
   * behind is dropped, so whoever has much to say asks between.
   *
   * @return false when the conversation, or the calling thread, is to end
   */
  boolean awaitRoom();

  /**
   * Ends the conversation: the client exits with this code.
   *
   * @param code 0..255
   */
  void exit(int code);

  /** Ends the conversation because the engine stops; the client waits for the next engine. */
  void goodbye();
}
