package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An apt of our own: configuration, package lists, archives and an empty package state in one
 * directory. apt reads the file in {@code APT_CONFIG} before all others (apt.conf(5)), and ours
 * points the others elsewhere. Held under a lock: one build at a time.
 */
final class AptDirectory implements AutoCloseable {
  /** For how long package lists are good. */
  static final Duration FRESH = Duration.ofDays(1);

  /** Held by the one who uses the directory, be it to empty it. */
  static final String LOCK = "lock";

  /** Written by each build when it begins. */
  static final String CONFIGURATION = "etc/apt.conf";

  /** As old as the package lists. */
  static final String LISTED = "state/listed";

  private final Path root;
  private final FileChannel lockFile;

  private AptDirectory(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /** Takes the lock, waiting for another build, and writes the configuration. */
  static AptDirectory open(Path path, AptHost host, PackageSources sources, Progress progress)
      throws IOException, RegException {
    Path root = path.toAbsolutePath().normalize();
    if (root.toString().contains("\"") || Text.hasControl(root.toString())) {
      throw new RegException(
          ErrorKind.INVALID, "cannot use " + Text.quote(root.toString()) + " for apt: its name");
    }
    Files.createDirectories(root);
    AptDirectory out = new AptDirectory(root, lock(root.resolve(LOCK), progress));
    try {
      for (String inner :
          List.of(
              "etc",
              "log",
              "state/lists/partial",
              "cache/archives/partial",
              "cache/nothing/partial",
              "tmp")) {
        Files.createDirectories(root.resolve(inner));
      }
      out.write("state/status", "");
      out.write("etc/debian.sources", sources.text());
      out.write("etc/preferences", sources.pins());
      out.write(CONFIGURATION, out.configuration(host));
      return out;
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  private static FileChannel lock(Path file, Progress progress) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        progress.say("waiting for another build");
        channel.lock();
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(root.resolve(name), content);
  }

  private String configuration(AptHost host) {
    StringBuilder out = new StringBuilder();
    String[] settings = {
      "Dir::Etc::main", "/dev/null",
      "Dir::Etc::parts", "/dev/null",
      "Dir::Etc::sourcelist", root + "/etc/debian.sources",
      "Dir::Etc::sourceparts", "/dev/null",
      "Dir::Etc::preferences", root + "/etc/preferences",
      "Dir::Etc::preferencesparts", "/dev/null",
      "Dir::Etc::trusted", "/dev/null",
      "Dir::Etc::trustedparts", "/dev/null",
      "Dir::Etc::netrc", "/dev/null",
      "Dir::Etc::netrcparts", "/dev/null",
      "Dir::State", root + "/state",
      "Dir::State::lists", root + "/state/lists",
      "Dir::State::status", root + "/state/status",
      "Dir::Cache", root + "/cache",
      "Dir::Cache::archives", root + "/cache/archives",
      "Dir::Cache::srcpkgcache", "",
      "Dir::Log", root + "/log",
      "APT::Architecture", host.architecture(),
      "APT::Architectures", host.architecture(),
      // The directory is closed to every other user, apt's download user included.
      "APT::Sandbox::User", "root",
      "APT::Install-Recommends", "false",
      "APT::Install-Suggests", "false",
      "APT::Update::Error-Mode", "any",
      "APT::Get::AllowUnauthenticated", "false",
      "Acquire::AllowInsecureRepositories", "false",
      "Acquire::AllowWeakRepositories", "false",
      "Acquire::Languages", "none",
      "Acquire::PDiffs", "false",
      "Acquire::GzipIndexes", "true",
      "Acquire::Retries", "2",
      "Acquire::http::Timeout", "30",
      "Acquire::https::Timeout", "30",
    };
    for (int i = 0; i < settings.length; i += 2) {
      out.append(settings[i]).append(" \"").append(settings[i + 1]).append("\";\n");
    }
    host.network().forEach(line -> out.append(line).append('\n'));
    return out.toString();
  }

  /** For apt's programs. */
  Map<String, String> environment() {
    Map<String, String> out = AptHost.environment();
    out.put("APT_CONFIG", root + "/" + CONFIGURATION);
    out.put("TMPDIR", root + "/tmp");
    return out;
  }

  Path archives() {
    return root.resolve("cache/archives");
  }

  /** Archives that nothing was ever downloaded to. */
  Path nothing() {
    return root.resolve("cache/nothing");
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
    return Digest.of(root.resolve("etc/debian.sources")).toString();
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
