package dev.reg.error;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A failure with a message for a person: one line that says what was tried on what, why it failed
 * and, where there is something, what to do. Logged or shown once, at the boundary.
 */
public final class RegException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;

  public RegException(ErrorKind kind, String message) {
    this(kind, message, null);
  }

  public RegException(ErrorKind kind, String message, @Nullable Throwable cause) {
    super(Objects.requireNonNull(message), cause);
    this.kind = Objects.requireNonNull(kind);
  }

  public ErrorKind kind() {
    return kind;
  }

  /** The message; never null. */
  public String line() {
    return Objects.requireNonNull(getMessage());
  }
}
