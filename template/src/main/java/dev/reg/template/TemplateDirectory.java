package dev.reg.template;

/**
 * A directory that is there even when nothing is in it; root's, as everything in an environment.
 *
 * @param path absolute and normalised
 * @param mode permission bits, with the sticky bit allowed: 0 to 01777
 */
public record TemplateDirectory(String path, int mode) implements Comparable<TemplateDirectory> {
  /** Unless a template says otherwise. */
  public static final int USUAL_MODE = 0755;

  /** The highest mode: everybody may write, with the sticky bit. */
  public static final int HIGHEST_MODE = 01777;

  /** With the usual mode. */
  public TemplateDirectory(String path) {
    this(path, USUAL_MODE);
  }

  @Override
  public int compareTo(TemplateDirectory other) {
    int byPath = path.compareTo(other.path);
    return byPath != 0 ? byPath : Integer.compare(mode, other.mode);
  }
}
