package dev.reg.build;

import dev.reg.error.RegException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the private apt has as its sources: the host's Debian, those of the configuration, or both.
 */
final class PackageSources {
  private static final Path APT = Path.of("/etc/apt");
  private static final Path RELEASE = Path.of("/etc/os-release");

  /** Schemes of what is on this machine; of the last one the list of mirrors. */
  private static final Set<String> LOCAL = Set.of("file", "copy", "mirror+file");

  private final String release;
  private final String architecture;
  private final @Nullable DebianSources debian;
  private final @Nullable ConfiguredSources more;

  private PackageSources(
      String release,
      String architecture,
      @Nullable DebianSources debian,
      @Nullable ConfiguredSources more) {
    this.release = release;
    this.architecture = architecture;
    this.debian = debian;
    this.more = more;
  }

  /** For what a configuration says, on this host. */
  static PackageSources choose(AptHost host, FetchedFrom from) throws IOException, RegException {
    HostRelease release = HostRelease.read(RELEASE);
    String suite = from.suite();
    String hostSuite = suite == null || release.id().equals("debian") ? release.suite() : "";
    String wanted = suite == null ? hostSuite : suite;
    Path sources = from.sources();
    ConfiguredSources more = sources == null ? null : ConfiguredSources.read(sources);
    DebianSources debian =
        more != null && from.replace()
            ? null
            : DebianSources.choose(
                SourcesList.read(APT), hostSuite, host.architecture(), suite, from.mirror());
    return new PackageSources(wanted, host.architecture(), debian, more);
  }

  /** Of Debian: {@code bookworm}. */
  String release() {
    return release;
  }

  /** How messages name them. */
  String name() {
    String host = debian == null ? "" : "Debian " + release + ", component main";
    return more == null ? host : host + (host.isEmpty() ? "" : ", and ") + more;
  }

  /** What is on this machine: archives and lists of mirrors that apt reads as files. */
  List<Path> local() {
    List<AptSource> entries = new ArrayList<>();
    if (debian != null) {
      entries.addAll(debian.entries());
    }
    if (more != null) {
      entries.addAll(more.entries());
    }
    List<Path> paths = new ArrayList<>();
    for (AptSource entry : entries) {
      for (String uri : entry.uris()) {
        if (LOCAL.contains(AptSource.scheme(uri))) {
          paths.add(path(uri));
        }
      }
    }
    return paths;
  }

  /** apt takes what is no URI for Java, such as one with a bare percent sign, as it stands. */
  private static Path path(String uri) {
    String rest = uri.substring(uri.indexOf(':') + 1);
    try {
      String path = URI.create("file:" + rest).getPath();
      return Path.of(path == null ? rest : path);
    } catch (IllegalArgumentException e) {
      return Path.of(rest);
    }
  }

  /** Their own keyrings, each under the name that {@link #text} gives it. */
  Map<String, byte[]> keyrings() {
    return more == null ? Map.of() : more.keyringFiles();
  }

  /**
   * The deb822 form.
   *
   * @param keyrings the directory with their keyrings
   */
  String text(Path keyrings) throws RegException {
    String first = debian == null ? "" : debian.text(AptHost.keyring().toString());
    return more == null ? first : first + more.text(architecture, keyrings);
  }

  /** Preferences by which nothing else has candidates. */
  String pins() {
    if (debian == null) {
      return "";
    }
    return more == null ? debian.pins() : more.pins() + debian.pins();
  }
}
