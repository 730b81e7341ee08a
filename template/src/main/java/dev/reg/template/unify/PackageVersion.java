package dev.reg.template.unify;

import dev.reg.template.Version;
import java.math.BigInteger;

/**
 * The version of a Debian package, {@code [epoch:]upstream-version[-debian-revision]}, ordered as
 * deb-version(7) says, "Sorting algorithm".
 */
record PackageVersion(BigInteger epoch, String upstream, String revision)
    implements Comparable<PackageVersion> {
  static PackageVersion parse(String text) {
    int colon = text.indexOf(':');
    String before = colon < 0 ? "" : text.substring(0, colon);
    boolean numbered = before.matches("[0-9]{1,20}");
    String rest = numbered ? text.substring(colon + 1) : text;
    int hyphen = rest.lastIndexOf('-');
    return new PackageVersion(
        numbered ? new BigInteger(before) : BigInteger.ZERO,
        hyphen < 0 ? rest : rest.substring(0, hyphen),
        // The absence of a revision is equivalent to a revision of 0.
        hyphen < 0 ? "0" : rest.substring(hyphen + 1));
  }

  @Override
  public int compareTo(PackageVersion other) {
    int order = epoch.compareTo(other.epoch);
    if (order == 0) {
      order = Version.compare(upstream, other.upstream);
    }
    return order != 0 ? order : Version.compare(revision, other.revision);
  }
}
