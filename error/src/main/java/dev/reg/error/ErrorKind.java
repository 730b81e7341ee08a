package dev.reg.error;

/**
 * What kind of failure it is, as far as a caller's reaction differs. The engine maps kinds to exit
 * codes in one place; there is deliberately no "other".
 */
public enum ErrorKind {
  /** What was named does not exist. */
  NOT_FOUND,
  /** A name or path is taken. */
  ALREADY_EXISTS,
  /** The request or a file given to us is malformed or hostile. */
  INVALID,
  /** Well-formed, but not possible in the present state (in use, not running, ...). */
  FAILED_PRECONDITION,
  /** Something we stored is not what we stored. */
  CORRUPTED,
  /**
   * Something we depend on does not answer: network, launcher, a missing package or kernel feature.
   */
  UNAVAILABLE,
  /** The caller may not do this. */
  NOT_PERMITTED,
  /** No space, no inodes, no descriptors, no memory. */
  EXHAUSTED,
  /** The program of a container exists but cannot be executed (exit code 126). */
  CANNOT_INVOKE,
  /** The program of a container does not exist (exit code 127). */
  COMMAND_NOT_FOUND,
}
