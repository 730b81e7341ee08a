package dev.reg.build;

import java.util.regex.Pattern;

/** Versions of packages, deb-version(7): {@code [epoch:]upstream-version[-debian-revision]}. */
final class DebianVersion {
  /** What Debian appends to the upstream version of a source it has repacked. */
  private static final Pattern REPACKED =
      Pattern.compile("[.+~](?:dfsg|ds|repack|debian)[0-9.+~]*$");

  private DebianVersion() {}

  /** {@code 1.2.13} of {@code 1:1.2.13.dfsg-1}. */
  static String upstream(String version) {
    String text = version.substring(version.indexOf(':') + 1);
    int revision = text.lastIndexOf('-');
    text = revision < 0 ? text : text.substring(0, revision);
    return REPACKED.matcher(text).replaceFirst("");
  }
}
