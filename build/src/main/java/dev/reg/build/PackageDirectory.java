package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Packages on their way from the process that fetches them to the one that takes them apart: the
 * archives, under the names that apt gives them, a file {@code list} of what they are, and a file
 * {@code distribution} that says whose, {@code debian bookworm}. Archives are hard links: what a
 * later build fetches or removes does not touch them.
 */
final class PackageDirectory {
  private static final String LIST = "list";
  private static final String DISTRIBUTION = "distribution";

  /**
   * What has come.
   *
   * @param packages in their order, each with its archive
   */
  record Fetched(Distribution distribution, Map<DebianPackage, Path> packages) {}

  private PackageDirectory() {}

  /** Fills an empty directory on the archives' filesystem; whoever enters it may read all of it. */
  static void write(Path directory, Distribution distribution, Map<DebianPackage, Path> packages)
      throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<DebianPackage, Path> one : packages.entrySet()) {
      Path archive = directory.resolve(one.getKey().archive());
      Files.createLink(archive, one.getValue());
      Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
      lines.add(one.getKey().line());
    }
    Files.write(directory.resolve(LIST), lines);
    Files.writeString(
        directory.resolve(DISTRIBUTION), distribution.id() + " " + distribution.release());
  }

  static Fetched read(Path directory) throws IOException, RegException {
    Map<DebianPackage, Path> packages = new LinkedHashMap<>();
    for (String line : Files.readAllLines(directory.resolve(LIST))) {
      DebianPackage one = DebianPackage.ofLine(line).orElseThrow(() -> unusable(directory, line));
      packages.put(one, directory.resolve(one.archive()));
    }
    String line = Files.readString(directory.resolve(DISTRIBUTION));
    String[] words = line.split(" ", -1);
    if (words.length != 2) {
      throw unusable(directory, line);
    }
    return new Fetched(new Distribution(words[0], words[1]), packages);
  }

  private static RegException unusable(Path directory, String line) {
    return new RegException(
        ErrorKind.INVALID, "cannot use the packages in " + directory + ": " + Text.quote(line));
  }
}
