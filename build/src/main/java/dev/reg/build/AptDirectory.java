package dev.reg.build;

import dev.reg.store.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An apt of our own: configuration, package lists, archives and an empty package state in one
 * directory. apt reads the file in {@code APT_CONFIG} before all others (apt.conf(5)), and ours
 * points the others elsewhere. This is the side of the process that runs apt, which cannot write
 * what {@link AptSetting} wrote; one at a time.
 */
final class AptDirectory {
  /** For how long package lists are good. */
  static final Duration FRESH = Duration.ofDays(1);

  /** As old as the package lists. */
  static final String LISTED = "state/listed";

  private final Path root;

  private AptDirectory(Path root) {
    this.root = root;
  }

  /** Makes what apt wants to find. */
  static AptDirectory open(Path path) throws IOException {
    Path root = path.toAbsolutePath().normalize();
    for (String inner :
        List.of("state/lists/partial", "cache/archives/partial", "cache/nothing/partial")) {
      Files.createDirectories(root.resolve(inner));
    }
    Path status = root.resolve("state/status");
    // Its time says whether apt's own cache is good.
    if (!Files.exists(status)) {
      Files.writeString(status, "");
    }
    return new AptDirectory(root);
  }

  /** For apt's programs. */
  Map<String, String> environment() {
    Map<String, String> out = AptHost.environment();
    out.put("APT_CONFIG", root + "/" + AptSetting.CONFIGURATION);
    out.put("TMPDIR", root + "/tmp");
    return out;
  }

  /** What apt answered with the lists that are there. */
  AptAnswers answers() {
    return new AptAnswers(
        root.resolve("state/answers"),
        List.of(
            root.resolve(AptSetting.CONFIGURATION),
            root.resolve(AptSetting.SOURCES),
            root.resolve(AptSetting.PREFERENCES)),
        root.resolve("state/lists"));
  }

  Path archives() {
    return root.resolve("cache/archives");
  }

  /** Archives that nothing was ever downloaded to. */
  Path nothing() {
    return root.resolve("cache/nothing");
  }

  /** How messages name the sources. */
  String name() throws IOException {
    return Files.readString(root.resolve(AptSetting.NAME));
  }

  /** When the lists of the present sources were downloaded; empty when they never were. */
  Optional<Instant> listed() throws IOException {
    Path stamp = root.resolve(LISTED);
    return Files.exists(stamp) && Files.readString(stamp).equals(sources())
        ? Optional.of(Files.getLastModifiedTime(stamp).toInstant())
        : Optional.empty();
  }

  /** Records that the lists of the present sources have just been downloaded. */
  void setListed() throws IOException {
    Path stamp = root.resolve(LISTED);
    Files.writeString(stamp, sources());
    Files.setLastModifiedTime(stamp, FileTime.from(Instant.now()));
  }

  private String sources() throws IOException {
    return Digest.of(root.resolve(AptSetting.SOURCES)).toString();
  }
}
