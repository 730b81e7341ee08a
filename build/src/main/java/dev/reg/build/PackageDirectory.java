package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.DirectorySources;
import dev.reg.template.Source;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Packages on their way from the process that fetches them to the one that takes them apart: the
 * archives, under the names that apt gives them, a file {@code list} of what they are, and a file
 * {@code distribution} that says whose, {@code debian bookworm}. All of it belongs to whoever
 * starts the two: the first cannot write it, the second only reads it.
 */
final class PackageDirectory {
  static final String LIST = "list";

  private static final int MOST = 10_000;

  /** Bytes of all archives of one template. */
  private static final long LARGEST = 8L << 30;

  private static final String DISTRIBUTION = "distribution";

  /**
   * What has come.
   *
   * @param packages in their order, each with its archive
   */
  record Fetched(Distribution distribution, Map<DebianPackage, Path> packages) {}

  private PackageDirectory() {}

  /** What the process that fetched them says there is; {@link #fill} takes it. */
  static void list(Path directory, Collection<DebianPackage> packages) throws IOException {
    Files.write(directory.resolve(LIST), packages.stream().map(DebianPackage::line).toList());
  }

  /**
   * Copies archives that a hostile process may have left, and that nobody changes meanwhile, to an
   * empty directory; whoever enters it may read all of it.
   *
   * @param text what {@link #list} wrote, or whatever that process did instead
   * @param from below which {@code archives} are; none of the way is followed that is a link
   * @throws RegException INVALID for what is no list of archives that are there
   */
  static void fill(
      Path directory, Distribution distribution, String text, Path from, String archives)
      throws IOException, RegException {
    List<String> lines = text.lines().limit(MOST + 1L).toList();
    if (lines.size() > MOST) {
      throw unusable(from, "more than " + MOST + " packages");
    }
    long total = 0;
    for (String line : lines) {
      DebianPackage one = DebianPackage.ofLine(line).orElseThrow(() -> unusable(from, line));
      total += one.size();
      if (total > LARGEST) {
        throw unusable(from, "more than " + (LARGEST >> 30) + " GiB");
      }
      copy(from, archives + "/" + one.archive(), one.size(), directory.resolve(one.archive()));
    }
    write(directory.resolve(LIST), String.join("\n", lines));
    write(directory.resolve(DISTRIBUTION), distribution.id() + " " + distribution.release());
  }

  private static void copy(Path from, String name, long size, Path to)
      throws IOException, RegException {
    // Follows nothing and waits for nobody: it may be a link or a pipe.
    if (new DirectorySources(from).open(name) instanceof Source.File file) {
      try (InputStream in = file.content();
          OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
        if (Files.size(from.resolve(name)) == size && in.transferTo(out) == size) {
          readable(to);
          return;
        }
      }
    }
    throw new RegException(
        ErrorKind.INVALID,
        "cannot use " + from.resolve(name) + ": it is no file of " + size + " bytes");
  }

  private static void write(Path file, String content) throws IOException {
    readable(Files.writeString(file, content));
  }

  private static void readable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
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
