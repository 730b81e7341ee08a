package dev.reg.build;

import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the private apt has as its sources.
 *
 * @param release of Debian: {@code bookworm}
 * @param name how messages name them
 * @param text of the sources, in the deb822 form
 * @param pins preferences by which nothing else has candidates
 */
record PackageSources(String release, String name, String text, String pins) {
  private static final Path APT = Path.of("/etc/apt");
  private static final Path RELEASE = Path.of("/etc/os-release");

  /**
   * The host's sources of Debian packages, those of the configuration, or both.
   *
   * @param suite a release of Debian; null for the host's
   * @param mirror of Debian; null for the host's
   * @param more null for none
   * @param alone whether {@code more} take the place of the host's
   */
  static PackageSources choose(
      AptHost host,
      @Nullable String suite,
      @Nullable String mirror,
      @Nullable ConfiguredSources more,
      boolean alone)
      throws IOException, RegException {
    HostRelease release = HostRelease.read(RELEASE);
    String hostSuite = suite == null || release.id().equals("debian") ? release.suite() : "";
    String wanted = suite == null ? hostSuite : suite;
    if (more != null && alone) {
      return new PackageSources(wanted, more.toString(), text(more, host), "");
    }
    DebianSources debian =
        DebianSources.choose(SourcesList.read(APT), hostSuite, host.architecture(), suite, mirror);
    String text = debian.text(AptHost.keyring().toString());
    String name = "Debian " + wanted + ", component main";
    return more == null
        ? new PackageSources(wanted, name, text, debian.pins())
        : new PackageSources(
            wanted, name + " and " + more, text + text(more, host), more.pins() + debian.pins());
  }

  private static String text(ConfiguredSources more, AptHost host) {
    return more.text(host.architecture(), keyring -> keyring);
  }
}
