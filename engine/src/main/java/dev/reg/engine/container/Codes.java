package dev.reg.engine.container;

/** Exit codes of the client. */
public final class Codes {
  /** Reg itself failed; also when nobody knows how a program ended. */
  public static final int FAILED = 125;

  private Codes() {}

  /** What a foreground client exits with. */
  public static int ofRun(Exit exit) {
    return exit.code().orElse(FAILED);
  }
}
