package dev.reg.build;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One entry of sources.list(5) for binary packages.
 *
 * @param options by their deb822 names in lower case: {@code check-valid-until}
 */
record AptSource(
    List<String> uris, List<String> suites, List<String> components, Map<String, String> options) {
  private static final Pattern URI = Pattern.compile("[a-z][a-z0-9+.-]*:[!-~&&[^\"'\\[\\]#]]+");
  private static final Set<String> SCHEMES =
      Set.of(
          "http", "https", "file", "copy", "mirror", "mirror+http", "mirror+https", "mirror+file");

  AptSource {
    uris = List.copyOf(uris);
    suites = List.copyOf(suites);
    components = List.copyOf(components);
    options = Map.copyOf(options);
  }

  /** Whether it has packages for {@code architecture}. */
  boolean serves(String architecture) {
    String only = options.get("architectures");
    return only == null || List.of(only.split("[\\s,]+", -1)).contains(architecture);
  }

  /** Whether it is the URI of an archive that can be written to a sources.list. */
  static boolean isUri(String uri) {
    return URI.matcher(uri).matches() && SCHEMES.contains(scheme(uri));
  }

  static String scheme(String uri) {
    return uri.substring(0, uri.indexOf(':'));
  }

  /** The deb822 form, trusting {@code keyring} alone, and an empty line. */
  String text(String keyring) {
    StringBuilder out = new StringBuilder("Types: deb\nURIs: ");
    // apt leaves what a file: URI names where it is; copied, it is among our archives.
    out.append(
        uris.stream()
            .map(uri -> uri.startsWith("file:") ? "copy:" + uri.substring(5) : uri)
            .collect(Collectors.joining(" ")));
    out.append("\nSuites: ").append(String.join(" ", suites));
    if (!components.isEmpty()) {
      out.append("\nComponents: ").append(String.join(" ", components));
    }
    // An archive that no longer changes says so; signatures are checked all the same.
    if (SourcesList.isNo(options.getOrDefault("check-valid-until", "yes"))) {
      out.append("\nCheck-Valid-Until: no");
    }
    return out.append("\nSigned-By: ").append(keyring).append("\n\n").toString();
  }
}
