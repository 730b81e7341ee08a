package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.NearMisses;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Resolves and downloads packages with the host's apt in a directory of our own. */
final class Apt {
  private static final Duration QUERY = Duration.ofMinutes(2);
  private static final Duration DOWNLOAD = Duration.ofMinutes(30);

  private final AptDirectory directory;
  private final String where;
  private final Progress progress;
  private final @Nullable Instant since;
  private boolean refreshed;

  /**
   * @param since package lists that were downloaded before are not used; null when those of a day
   *     will do, and older ones while there are no others to be had
   */
  Apt(AptDirectory directory, Progress progress, @Nullable Instant since) throws IOException {
    this.directory = directory;
    this.where = directory.name();
    this.progress = progress;
    this.since = since;
  }

  /**
   * The packages asked for and all they depend on, each downloaded and verified against the signed
   * lists. Throws NOT_FOUND for a package the release has not, UNAVAILABLE when something has to be
   * downloaded and cannot be, EXHAUSTED without space.
   *
   * @param optional taken when the release has them
   */
  Map<DebianPackage, Path> fetch(List<String> packages, List<String> optional)
      throws IOException, RegException {
    refreshIfOld();
    try {
      return download(resolve(packages, optional));
    } catch (RegException e) {
      // Lists that are younger than a day may still name versions the archive no longer has.
      if (refreshed || e.kind() == ErrorKind.EXHAUSTED) {
        throw e;
      }
      try {
        refresh();
      } catch (RegException again) {
        e.addSuppressed(again);
        throw e;
      }
      return download(resolve(packages, optional));
    }
  }

  private void refreshIfOld() throws IOException, RegException {
    Optional<Instant> listed = directory.listed();
    Instant now = Instant.now();
    Instant oldest = since == null ? now.minus(AptDirectory.FRESH) : since;
    if (listed.isPresent() && !listed.get().isAfter(now) && !listed.get().isBefore(oldest)) {
      return;
    }
    try {
      refresh();
    } catch (RegException e) {
      if (listed.isEmpty() || since != null || e.kind() != ErrorKind.UNAVAILABLE) {
        throw e;
      }
      refreshed = true;
      progress.say(
          "using the package lists of "
              + listed.get().atZone(ZoneId.systemDefault()).toLocalDate()
              + ", new ones cannot be downloaded");
    }
  }

  private void refresh() throws IOException, RegException {
    progress.say("updating the package lists");
    Subprocess.Result result = apt(List.of("apt-get", "-q", "update"), DOWNLOAD);
    if (result.exit() != 0) {
      throw AptFailure.of("cannot download the package lists of " + where, result);
    }
    directory.answers().clear();
    directory.setListed();
    refreshed = true;
  }

  private Subprocess.Result apt(List<String> command, Duration limit)
      throws IOException, RegException {
    return Subprocess.run(command, directory.environment(), limit);
  }

  private List<DebianPackage> resolve(List<String> packages, List<String> optional)
      throws IOException, RegException {
    List<String> question = new ArrayList<>(packages);
    question.add("");
    question.addAll(optional);
    AptAnswers answers = directory.answers();
    Optional<List<DebianPackage>> before = answers.find(question);
    if (before.isPresent()) {
      return before.get();
    }
    List<DebianPackage> answer = ask(packages, optional);
    answers.add(question, answer);
    return answer;
  }

  /** apt names what is not in its archives: asked with empty ones, it names everything. */
  private List<DebianPackage> ask(List<String> packages, List<String> optional)
      throws IOException, RegException {
    List<String> command =
        new ArrayList<>(
            List.of("apt-get", "-qq", "-y", "--print-uris", "-oAcquire::ForceHash=SHA256"));
    command.add("-oDir::Cache::archives=" + directory.nothing());
    command.add("install");
    command.addAll(packages);
    if (!optional.isEmpty()) {
      Set<String> known = names();
      optional.stream().filter(known::contains).forEach(command::add);
    }
    Subprocess.Result result = apt(command, QUERY);
    List<DebianPackage> out = DebianPackage.ofUris(result.out());
    if (result.exit() != 0 || out.isEmpty()) {
      Optional<String> missing = AptFailure.missing(result);
      if (missing.isPresent()) {
        throw notFound(missing.get());
      }
      throw AptFailure.of("cannot resolve " + String.join(", ", packages) + " in " + where, result);
    }
    return out;
  }

  private Set<String> names() throws IOException, RegException {
    Subprocess.Result result = apt(List.of("apt-cache", "pkgnames"), QUERY);
    if (result.exit() != 0) {
      throw AptFailure.of("cannot list the packages of " + where, result);
    }
    return new HashSet<>(result.out().lines().toList());
  }

  private RegException notFound(String name) throws IOException, RegException {
    List<String> near = NearMisses.of(name, names());
    return new RegException(
        ErrorKind.NOT_FOUND,
        "cannot find the package "
            + Text.quote(name)
            + " in "
            + where
            + (near.isEmpty() ? "" : "; near it: " + String.join(", ", near)));
  }

  private Map<DebianPackage, Path> download(List<DebianPackage> packages)
      throws IOException, RegException {
    List<DebianPackage> missing = missing(packages);
    if (!missing.isEmpty()) {
      long bytes = missing.stream().mapToLong(DebianPackage::size).sum();
      progress.say(
          "fetching "
              + missing.size()
              + (missing.size() == 1 ? " package (" : " packages (")
              + Progress.size(bytes)
              + ")");
      List<String> command =
          new ArrayList<>(List.of("apt-get", "-qq", "-y", "--download-only", "install"));
      packages.forEach(one -> command.add(one.exactly()));
      Subprocess.Result result = apt(command, DOWNLOAD);
      if (result.exit() != 0) {
        throw AptFailure.of("cannot download packages of " + where, result);
      }
      List<DebianPackage> still = missing(missing);
      if (!still.isEmpty()) {
        throw new RegException(
            ErrorKind.UNAVAILABLE,
            "cannot download " + still.getFirst().exactly() + ": apt left no whole archive");
      }
    }
    Map<DebianPackage, Path> out = new LinkedHashMap<>();
    for (DebianPackage one : packages) {
      out.put(one, directory.archives().resolve(one.archive()));
      removeOtherVersions(one);
    }
    return out;
  }

  /** Those not in the archives; apt trusts the size of what it finds there, we do not. */
  private List<DebianPackage> missing(List<DebianPackage> packages)
      throws IOException, RegException {
    List<Boolean> whole = Parallel.map(packages, this::isWhole);
    List<DebianPackage> out = new ArrayList<>();
    for (int i = 0; i < packages.size(); i++) {
      if (!whole.get(i)) {
        Path archive = directory.archives().resolve(packages.get(i).archive());
        if (Files.isRegularFile(archive)) {
          Files.delete(archive);
        }
        out.add(packages.get(i));
      }
    }
    return out;
  }

  private boolean isWhole(DebianPackage one) throws IOException {
    Path archive = directory.archives().resolve(one.archive());
    return Files.isRegularFile(archive)
        && Files.size(archive) == one.size()
        && Digest.of(archive).hex().equals(one.sha256());
  }

  private void removeOtherVersions(DebianPackage one) throws IOException {
    String glob = one.name() + "_*_" + one.architecture() + ".deb";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.archives(), glob)) {
      for (Path file : files) {
        if (!file.endsWith(one.archive())) {
          Files.delete(file);
        }
      }
    }
  }
}
