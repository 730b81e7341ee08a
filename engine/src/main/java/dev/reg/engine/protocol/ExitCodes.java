package dev.reg.engine.protocol;

import dev.reg.error.ErrorKind;

/** The exit codes of Reg's own failures; those of a command are the command's. */
public final class ExitCodes {
  /** The engine or the command line failed. */
  public static final int FAILED = 125;

  /** The program exists but cannot be executed. */
  public static final int CANNOT_INVOKE = 126;

  /** The program does not exist. */
  public static final int COMMAND_NOT_FOUND = 127;

  private ExitCodes() {}

  public static int of(ErrorKind kind) {
    return switch (kind) {
      case CANNOT_INVOKE -> CANNOT_INVOKE;
      case COMMAND_NOT_FOUND -> COMMAND_NOT_FOUND;
      default -> FAILED;
    };
  }
}
