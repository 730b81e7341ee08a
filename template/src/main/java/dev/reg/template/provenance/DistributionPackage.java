package dev.reg.template.provenance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A package that files of a template were taken from.
 *
 * @param version with epoch and revision: {@code 1:1.2.13.dfsg-1}
 * @param architecture {@code amd64}; {@code all} for all of them
 * @param source the source package it was built of
 * @param sourceVersion of the source package
 * @param maintainer {@code Name <address>}; null when not known
 * @param digest of the archive: {@code sha256:…}; null when there was none
 * @param depends names of those packages of the list that it depends on, sorted
 * @param licence null when it has no copyright file
 */
public record DistributionPackage(
    Kind kind,
    String name,
    String version,
    String architecture,
    String source,
    String sourceVersion,
    @Nullable String maintainer,
    @Nullable String digest,
    List<String> depends,
    @Nullable Licence licence) {
  public DistributionPackage {
    depends = List.copyOf(depends);
  }

  /** Whose form of package it is. */
  public enum Kind {
    /** Of Debian and its children: deb(5). */
    DEB,
    /** Of Alpine. */
    APK;

    /** As it is written. */
    @Override
    public String toString() {
      return this == DEB ? "deb" : "apk";
    }
  }

  /**
   * What a package says about its licences.
   *
   * @param file in the package: {@code /usr/share/doc/NAME/copyright}; it need not be in the
   *     template
   * @param digest of its content: {@code sha256:…}
   * @param ids of SPDX's list of licences, sorted: those that a machine-readable copyright file
   *     (DEP-5) names; empty when it is not of that form, or names others
   */
  public record Licence(String file, String digest, List<String> ids) {
    public Licence {
      ids = List.copyOf(ids);
    }
  }
}
