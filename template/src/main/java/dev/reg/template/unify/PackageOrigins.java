package dev.reg.template.unify;

import java.util.Optional;

/** Whose work templates are, and which packages their files were taken from. */
public interface PackageOrigins {
  /**
   * A package, in one version.
   *
   * @param version as deb-version(7) has it, with epoch and revision
   */
  record Packaged(String name, String version) {}

  /** Empty when nobody knows. */
  Optional<Packaged> packageOf(String template, String path);

  /**
   * Whether a template is somebody else's work, such as an image's: it may take libraries of the
   * others, and theirs are compared to its own, but it gives them none.
   */
  default boolean isForeign(String template) {
    return false;
  }

  /** For templates of which nobody knows. */
  static PackageOrigins unknown() {
    return (template, path) -> Optional.empty();
  }
}
