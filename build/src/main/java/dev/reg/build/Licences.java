package dev.reg.build;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The licences that a machine-readable copyright file names (copyright-format 1.0, DEP-5), by their
 * identifiers in SPDX's list.
 */
final class Licences {
  private static final Pattern FORMAT =
      Pattern.compile(
          "(?i)format(?:-specification)?:\\s*(?:https?://|//)?\\S*(?:copyright-format|dep5|dep-5)\\S*.*");

  /** DEP-5's short names are those of SPDX but for these and what {@link #GNU} matches. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("apache-2.0", "Apache-2.0"),
          Map.entry("apache-2", "Apache-2.0"),
          Map.entry("artistic", "Artistic-1.0-Perl"),
          Map.entry("artistic-1.0", "Artistic-1.0"),
          Map.entry("artistic-2.0", "Artistic-2.0"),
          Map.entry("bsd-2-clause", "BSD-2-Clause"),
          Map.entry("bsd-3-clause", "BSD-3-Clause"),
          Map.entry("bsd-4-clause", "BSD-4-Clause"),
          Map.entry("bsl-1.0", "BSL-1.0"),
          Map.entry("boost-1.0", "BSL-1.0"),
          Map.entry("cc0-1.0", "CC0-1.0"),
          Map.entry("cc0", "CC0-1.0"),
          Map.entry("cc-by-sa-3.0", "CC-BY-SA-3.0"),
          Map.entry("cc-by-sa-4.0", "CC-BY-SA-4.0"),
          Map.entry("cc-by-4.0", "CC-BY-4.0"),
          Map.entry("cddl-1.0", "CDDL-1.0"),
          Map.entry("curl", "curl"),
          Map.entry("epl-1.0", "EPL-1.0"),
          Map.entry("epl-2.0", "EPL-2.0"),
          Map.entry("expat", "MIT"),
          Map.entry("mit", "MIT"),
          Map.entry("fsfap", "FSFAP"),
          Map.entry("fsful", "FSFUL"),
          Map.entry("fsfullr", "FSFULLR"),
          Map.entry("isc", "ISC"),
          Map.entry("mpl-1.1", "MPL-1.1"),
          Map.entry("mpl-2.0", "MPL-2.0"),
          Map.entry("ncsa", "NCSA"),
          Map.entry("ofl-1.1", "OFL-1.1"),
          Map.entry("openssl", "OpenSSL"),
          Map.entry("psf-2", "PSF-2.0"),
          Map.entry("psf-2.0", "PSF-2.0"),
          Map.entry("unlicense", "Unlicense"),
          Map.entry("w3c", "W3C"),
          Map.entry("x11", "X11"),
          Map.entry("zlib", "Zlib"));

  private static final Pattern GNU =
      Pattern.compile("(a?gpl|lgpl|gfdl)(?:-niv)?-([1-3])(?:\\.([0-9]))?(?:\\.0)?(\\+?)");

  /** What may stand between two names. */
  private static final Pattern BETWEEN = Pattern.compile("\\s+(?:and/or|and|or)\\s+|\\s*[,|]\\s*");

  private Licences() {}

  /** Sorted; none when the file is not of that form, or names others. */
  static List<String> of(String copyright) {
    List<String> lines = copyright.lines().toList();
    String first = lines.stream().filter(line -> !line.isBlank()).findFirst().orElse("");
    if (!FORMAT.matcher(first.strip()).matches()) {
      return List.of();
    }
    TreeSet<String> ids = new TreeSet<>();
    for (String line : lines) {
      if (line.regionMatches(true, 0, "License:", 0, "License:".length())) {
        for (String name : BETWEEN.split(line.substring("License:".length()).strip(), -1)) {
          String id = id(name.strip().toLowerCase(Locale.ROOT));
          if (id.isEmpty()) {
            return List.of();
          }
          ids.add(id);
        }
      }
    }
    return List.copyOf(ids);
  }

  private static String id(String name) {
    Matcher gnu = GNU.matcher(name);
    if (!gnu.matches()) {
      return NAMES.getOrDefault(name, "");
    }
    String family = gnu.group(1).toUpperCase(Locale.ROOT);
    String minor = gnu.group(3) == null ? "0" : gnu.group(3);
    String version = gnu.group(2) + "." + minor;
    return family + "-" + version + (gnu.group(4).isEmpty() ? "-only" : "-or-later");
  }
}
