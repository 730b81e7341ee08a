package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
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
 * archives, under the names that apt gives them, and a file {@code list} of what they are. Archives
 * are hard links: what a later build fetches or removes does not touch them.
 */
final class PackageDirectory {
  private static final String LIST = "list";

  private PackageDirectory() {}

  /** Fills an empty directory on the archives' filesystem; whoever enters it may read all of it. */
  static void write(Path directory, Map<DebianPackage, Path> packages) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<DebianPackage, Path> one : packages.entrySet()) {
      Path archive = directory.resolve(one.getKey().archive());
      Files.createLink(archive, one.getValue());
      Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
      lines.add(one.getKey().line());
    }
    Files.write(directory.resolve(LIST), lines);
  }

  /** The packages in their order, each with its archive. */
  static Map<DebianPackage, Path> read(Path directory) throws IOException, RegException {
    Map<DebianPackage, Path> packages = new LinkedHashMap<>();
    for (String line : Files.readAllLines(directory.resolve(LIST))) {
      DebianPackage one =
          DebianPackage.ofLine(line)
              .orElseThrow(
                  () ->
                      new RegException(
                          ErrorKind.INVALID,
                          "cannot use the packages in " + directory + ": " + Text.quote(line)));
      packages.put(one, directory.resolve(one.archive()));
    }
    return packages;
  }
}
