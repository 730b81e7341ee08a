package dev.reg.engine.protocol;

import java.io.IOException;

/** The client is no longer there, or takes nothing any more: whatever was being made is undone. */
public final class CallerGone extends IOException {
  private static final long serialVersionUID = 1L;

  public CallerGone(String message) {
    super(message);
  }

  public CallerGone(String message, Throwable cause) {
    super(message, cause);
  }
}
