package dev.reg.build;

import java.util.List;
import java.util.Map;

/**
 * One entry of sources.list(5) for binary packages.
 *
 * @param options by their deb822 names in lower case: {@code check-valid-until}
 */
record AptSource(
    List<String> uris, List<String> suites, List<String> components, Map<String, String> options) {
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
}
