package dev.reg.engine.doctor;

/**
 * What was found out about one thing.
 *
 * @param name of the thing, the same whatever is found
 * @param found what there is
 * @param needed what there should be
 * @param advice what to do about it; empty when it is {@link State#OK}
 */
public record Check(String name, State state, String found, String needed, String advice) {
  /** WARN: Reg works, but something is slower, weaker or missing. FAIL: it does not work. */
  public enum State {
    OK,
    WARN,
    FAIL
  }

  static Check ok(String name, String found, String needed) {
    return new Check(name, State.OK, found, needed, "");
  }

  static Check warn(String name, String found, String needed, String advice) {
    return new Check(name, State.WARN, found, needed, advice);
  }

  static Check fail(String name, String found, String needed, String advice) {
    return new Check(name, State.FAIL, found, needed, advice);
  }
}
