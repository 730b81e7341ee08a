package dev.reg.engine.project;

import java.util.Objects;

/**
 * A text that is not what it has to be. The reason goes on with a sentence that names the text: "…
 * wants an absolute path".
 */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1L;

  Refused(String reason) {
    super(Objects.requireNonNull(reason));
  }

  /** Without control characters. */
  public String reason() {
    return Objects.requireNonNull(getMessage());
  }
}
