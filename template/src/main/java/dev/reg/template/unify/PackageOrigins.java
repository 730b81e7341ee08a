package dev.reg.template.unify;

import java.util.Optional;

/** Which package a file of a template was taken from. */
public interface PackageOrigins {
  /**
   * A package, in one version.
   *
   * @param version as deb-version(7) has it, with epoch and revision
   */
  record Packaged(String name, String version) {}

  /** Empty when nobody knows. */
  Optional<Packaged> packageOf(String template, String path);

  /** For templates of which nobody knows. */
  static PackageOrigins unknown() {
    return (template, path) -> Optional.empty();
  }
}
