package dev.reg.store;

/**
 * Names an object: a content and the permission bits of its inode. The same content with two modes
 * is two objects, because an inode has one mode. The owner is always 0:0.
 *
 * @param mode permission bits, 0 to 0777. There is no set-user-ID, set-group-ID or sticky bit: the
 *     trees are mounted nosuid, so such a bit would only be a risk on the host
 */
public record ObjectId(Digest digest, int mode) implements Comparable<ObjectId> {
  private static final int PERMISSIONS = 0777;

  public ObjectId {
    if ((mode & ~PERMISSIONS) != 0) {
      throw new IllegalArgumentException("not permission bits: 0" + Integer.toOctalString(mode));
    }
  }

  /** The object for a content whose file has this mode; drops all but the permission bits. */
  public static ObjectId of(Digest digest, int mode) {
    return new ObjectId(digest, mode & PERMISSIONS);
  }

  /** Reads {@link #toString}'s form; IllegalArgumentException for anything else. */
  public static ObjectId parse(String text) {
    int dash = text.indexOf('-');
    ObjectId object =
        new ObjectId(
            new Digest(text.substring(0, Math.max(dash, 0))),
            Integer.parseInt(text.substring(dash + 1), 8));
    if (!object.toString().equals(text)) {
      throw new IllegalArgumentException("not an object: " + text);
    }
    return object;
  }

  @Override
  public int compareTo(ObjectId other) {
    int order = digest.compareTo(other.digest);
    return order != 0 ? order : Integer.compare(mode, other.mode);
  }

  /** As on disk, without the replica: {@code <hex>-<octal mode>}. */
  @Override
  public String toString() {
    return digest.hex() + "-" + Integer.toOctalString(mode);
  }
}
