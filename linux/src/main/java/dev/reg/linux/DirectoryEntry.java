package dev.reg.linux;

/** A name in a directory, and what it is without following links. */
public record DirectoryEntry(String name, Type type) {
  /** What a directory entry is; a filesystem that does not say is asked with statx. */
  public enum Type {
    FILE,
    DIRECTORY,
    LINK,
    /** Device, pipe or socket. */
    OTHER
  }
}
