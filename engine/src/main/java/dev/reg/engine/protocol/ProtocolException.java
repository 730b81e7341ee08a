package dev.reg.engine.protocol;

import java.io.IOException;

/** The other end does not keep to the protocol; the connection is closed. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  public ProtocolException(String message) {
    super(message);
  }
}
