package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where packages come from: one Debian release with its updates and security fixes, component main.
 *
 * @param entries what the private sources.list has
 * @param suites the suites and codenames that may provide a package
 */
record DebianSources(List<AptSource> entries, Set<String> suites) {
  private static final Pattern SUITE = Pattern.compile("[a-z][a-z0-9-]{0,63}");
  private static final List<String> ROLES = List.of("", "-updates", "-security");
  private static final List<String> ALIASES = List.of("stable", "oldstable", "testing");
  private static final Set<String> ROLLING = Set.of("sid", "unstable", "experimental");

  /**
   * Those of the host's own entries that are for its release, or what the configuration says.
   *
   * @param host the host's entries
   * @param hostSuite the host's codename, empty when it is not Debian
   * @param suite the configured suite, or null
   * @param mirror the configured archive, or null
   */
  static DebianSources choose(
      List<AptSource> host,
      String hostSuite,
      String architecture,
      @Nullable String suite,
      @Nullable String mirror)
      throws RegException {
    String wanted = suite == null ? hostSuite : suite;
    check(wanted, mirror);
    Set<String> suites = new LinkedHashSet<>();
    List<AptSource> entries = new ArrayList<>();
    for (String role : ROLLING.contains(wanted) ? List.of("") : ROLES) {
      suites.add(wanted + role);
      if (mirror != null && !role.equals("-security")) {
        entries.add(
            new AptSource(List.of(mirror), List.of(wanted + role), List.of("main"), Map.of()));
      } else {
        ofHost(host, hostSuite, wanted, role, architecture).ifPresent(entries::add);
      }
    }
    if (entries.isEmpty() || !ofMain(entries, wanted)) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot find a source of Debian packages: no enabled entry of /etc/apt/sources.list and"
              + " /etc/apt/sources.list.d has component main of "
              + Text.quote(wanted)
              + "; add one or set mirror in the engine's configuration");
    }
    return new DebianSources(List.copyOf(entries), suites);
  }

  private static boolean ofMain(List<AptSource> entries, String wanted) {
    return entries.stream()
        .flatMap(entry -> entry.suites().stream())
        .anyMatch(suite -> suite.equals(wanted) || ALIASES.contains(suite));
  }

  private static void check(String suite, @Nullable String mirror) throws RegException {
    if (!SUITE.matcher(suite).matches()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot take packages from the suite "
              + Text.quote(suite)
              + ": it must be a codename like bookworm");
    }
    if (mirror != null && !AptSource.isUri(mirror)) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot take packages from the mirror "
              + Text.quote(mirror)
              + ": it must be an http, https or file URI of a Debian archive");
    }
  }

  /** The host's entries for {@code suite+role}; under an alias when none has its name. */
  private static Optional<AptSource> ofHost(
      List<AptSource> host, String hostSuite, String wanted, String role, String architecture) {
    List<String> names = new ArrayList<>(List.of(wanted));
    if (!hostSuite.isEmpty()) {
      names.add(hostSuite);
    }
    // An alias may mean another release than the host's; the pins then leave nothing to install.
    names.addAll(ALIASES);
    for (String name : names) {
      for (AptSource entry : host) {
        List<String> uris = entry.uris().stream().filter(AptSource::isUri).toList();
        if (entry.serves(architecture)
            && entry.components().contains("main")
            && entry.suites().contains(name + role)
            && !uris.isEmpty()) {
          String suite = name.equals(hostSuite) ? wanted + role : name + role;
          boolean alias = ALIASES.contains(name);
          if (!alias || wanted.equals(hostSuite)) {
            return Optional.of(
                new AptSource(uris, List.of(suite), List.of("main"), entry.options()));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The deb822 form, trusting {@code keyring} alone. */
  String text(String keyring) {
    return entries.stream().map(entry -> entry.text(keyring)).collect(Collectors.joining());
  }

  /** Preferences by which only origin Debian and only these suites have candidates. */
  String pins() {
    StringBuilder out = new StringBuilder();
    for (String suite : suites) {
      for (String by : List.of("n", "a")) {
        out.append("Package: *\nPin: release o=Debian,").append(by).append('=').append(suite);
        out.append("\nPin-Priority: 500\n\n");
      }
    }
    return out.append("Package: *\nPin: release a=*\nPin-Priority: -1\n").toString();
  }
}
