package dev.reg.build;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One version of a binary package, as the signed package lists describe it.
 *
 * @param archive the file name apt gives to what it downloads
 * @param size of the archive in bytes
 * @param sha256 of the archive, 64 hexadecimal digits
 */
record DebianPackage(
    String name, String version, String architecture, String archive, long size, String sha256) {
  /** {@code 'URI' name_version_architecture.deb size SHA256:hex}. */
  private static final Pattern URIS =
      Pattern.compile(
          "'[^']*' (([a-z0-9+.-]+)_([A-Za-z0-9.+~%-]+)_([a-z0-9-]+)\\.deb) ([0-9]{1,12})"
              + " SHA256:([0-9a-f]{64})");

  /** What {@code apt-get --print-uris install} would download. */
  static List<DebianPackage> ofUris(String text) {
    List<DebianPackage> out = new ArrayList<>();
    for (String line : text.lines().toList()) {
      ofLine(line).ifPresent(out::add);
    }
    return out;
  }

  /** One line of that; empty when it is another. */
  static Optional<DebianPackage> ofLine(String line) {
    Matcher matcher = URIS.matcher(line.strip());
    return matcher.matches()
        ? Optional.of(
            new DebianPackage(
                matcher.group(2),
                decoded(matcher.group(3)),
                matcher.group(4),
                matcher.group(1),
                Long.parseLong(matcher.group(5)),
                matcher.group(6)))
        : Optional.empty();
  }

  /** A line of that form, without a URI. */
  String line() {
    return "'' " + archive + " " + size + " SHA256:" + sha256;
  }

  /** apt writes a colon as %3a; a plus stays what it is. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2b"), StandardCharsets.UTF_8);
  }

  /** {@code name=version}, as apt-get takes it. */
  String exactly() {
    return name + "=" + version;
  }
}
