package dev.reg.store;

/**
 * One path of an environment. Paths are those that the container sees: absolute, normalized, {@code
 * /}-separated. {@link Tree} checks them; an Entry alone promises nothing.
 */
public sealed interface Entry permits Entry.File, Entry.Link, Entry.Directory, Entry.Text {
  String path();

  /** A regular file: a hard link to an object. */
  record File(String path, ObjectId object) implements Entry {}

  /** A symbolic link; an absolute target is meant inside the container. */
  record Link(String path, String target) implements Entry {}

  /**
   * A directory that exists even when nothing is in it.
   *
   * @param mode permission bits, with the sticky bit allowed: 0 to 01777
   */
  record Directory(String path, int mode) implements Entry {}

  /**
   * A small file of this environment alone, which is no object: what depends on all templates of a
   * closure together. Its mode is 0644.
   *
   * @param content at most 1,048,576 characters
   */
  record Text(String path, String content) implements Entry {}
}
