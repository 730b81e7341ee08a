package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Processes;
import dev.reg.store.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The directory of an apt of our own, as its owner sees it: the folder {@code etc} that the process
 * which runs apt reads and cannot write, and beside it folders of that process's user, in which
 * whatever there is may be hostile: nothing of them is looked at here.
 */
final class AptSetting {
  /** Held by the one who uses the directory, be it to empty it. */
  static final String LOCK = "lock";

  /** Written by each build when it begins. */
  static final String CONFIGURATION = "etc/apt.conf";

  static final String SOURCES = "etc/debian.sources";
  static final String PREFERENCES = "etc/preferences";

  /** How messages name the sources. */
  static final String NAME = "etc/name";

  /** Where apt keeps what it downloads. */
  static final String ARCHIVES = "cache/archives";

  private static final List<String> WRITABLE = List.of("state", "cache", "log", "tmp");

  private final Path root;

  /** INVALID for a path that apt's configuration cannot have. */
  AptSetting(Path path) throws RegException {
    this.root = path.toAbsolutePath().normalize();
    if (root.toString().contains("\"") || Text.hasControl(root.toString())) {
      throw new RegException(
          ErrorKind.INVALID, "cannot use " + Text.quote(root.toString()) + " for apt: its name");
    }
  }

  Path root() {
    return root;
  }

  /** The folders that belong to who runs apt. */
  List<Path> writable() {
    return WRITABLE.stream().map(root::resolve).toList();
  }

  /**
   * Writes what is not there as it should be; the configuration gets the present time.
   *
   * @param user who runs apt
   */
  void write(AptHost host, PackageSources sources, int user) throws IOException, RegException {
    // Above it is only what is closed to others.
    mode(Files.createDirectories(root), "rwxr-xr-x");
    for (Path folder : writable()) {
      give(folder, user);
    }
    Map<String, byte[]> files = new TreeMap<>();
    sources.keyrings().forEach((name, keyring) -> files.put("etc/" + name, keyring));
    files.put(SOURCES, bytes(sources.text(root.resolve("etc"))));
    files.put(PREFERENCES, bytes(sources.pins()));
    files.put(NAME, bytes(sources.name()));
    files.put(CONFIGURATION, bytes(configuration(host)));
    Path etc = root.resolve("etc");
    if (!isOnly(etc, files)) {
      Trees.deleteIfThere(etc);
      mode(Files.createDirectory(etc), "rwxr-xr-x");
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        mode(Files.write(root.resolve(file.getKey()), file.getValue()), "rw-r--r--");
      }
    }
    Files.setLastModifiedTime(root.resolve(CONFIGURATION), FileTime.from(Instant.now()));
  }

  /**
   * Files that are as they should be keep their times: by these apt tells whether its cache is
   * good.
   */
  private boolean isOnly(Path etc, Map<String, byte[]> files) throws IOException {
    if (!Files.isDirectory(etc, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> present = Files.list(etc)) {
      if (present.count() != files.size()) {
        return false;
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = root.resolve(file.getKey());
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
          || Files.size(path) != file.getValue().length
          || !Arrays.equals(Files.readAllBytes(path), file.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** One that is another user's, an earlier engine's perhaps, is not trusted: all goes. */
  private static void give(Path folder, int user) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      FileStatus status = Descriptors.status(folder);
      if (status.isDirectory() && status.uid() == user) {
        return;
      }
      Trees.deleteIfThere(folder);
    }
    mode(Files.createDirectory(folder), "rwx------");
    if (user != Processes.userId()) {
      Files.setAttribute(folder, "unix:gid", user);
      Files.setAttribute(folder, "unix:uid", user);
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private String configuration(AptHost host) {
    StringBuilder out = new StringBuilder();
    String[] settings = {
      "Dir::Etc::main", "/dev/null",
      "Dir::Etc::parts", "/dev/null",
      "Dir::Etc::sourcelist", root + "/" + SOURCES,
      "Dir::Etc::sourceparts", "/dev/null",
      "Dir::Etc::preferences", root + "/" + PREFERENCES,
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
      // Whoever runs it has no rights that could be given up.
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
}
