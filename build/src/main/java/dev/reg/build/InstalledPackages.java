package dev.reg.build;

import dev.reg.template.provenance.DistributionPackage.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which package each file of an image is of, by the records of dpkg (also those that distroless
 * images have) or apk.
 */
final class InstalledPackages {
  private static final String DPKG = "/var/lib/dpkg/";
  private static final String APK = "/usr/lib/apk/db/installed";

  /** Bytes of one record; longer ones are not looked at. */
  private static final long LARGEST = 64L << 20;

  private final Map<String, String> owners = new HashMap<>();
  private final Map<String, PackageControl> packages = new LinkedHashMap<>();

  private InstalledPackages() {}

  /** Where the records are. */
  interface Records {
    /** A file's content; links are followed. Null when there is none. */
    @Nullable Path content(String path);

    /** The paths that begin so, which ends in a slash. */
    Collection<String> below(String directory) throws IOException;
  }

  /** Those of an image. */
  static InstalledPackages read(LayerStack stack) throws IOException {
    return read(
        new Records() {
          @Override
          public @Nullable Path content(String path) {
            return stack.content(path);
          }

          @Override
          public Collection<String> below(String directory) {
            return stack.below(directory).keySet();
          }
        });
  }

  static InstalledPackages read(Records records) throws IOException {
    InstalledPackages out = new InstalledPackages();
    out.dpkg(records);
    out.apk(text(records, APK));
    return out;
  }

  /** The package of each path. */
  Map<String, String> owners() {
    return owners;
  }

  /** In the order of the records; none when the image has none that we know. */
  List<PackageControl> packages() {
    return List.copyOf(packages.values());
  }

  private static String text(Records records, String path) throws IOException {
    Path file = records.content(path);
    return file == null || Files.size(file) > LARGEST
        ? ""
        : new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private void dpkg(Records records) throws IOException {
    control(text(records, DPKG + "status"));
    for (String path : records.below(DPKG + "status.d/")) {
      String name = Paths.name(path);
      if (name.endsWith(".md5sums")) {
        String sums = text(records, path);
        String owner = name.substring(0, name.length() - ".md5sums".length());
        sums.lines()
            .filter(line -> line.length() > 34)
            .forEach(line -> own("/" + line.substring(34), owner));
      } else {
        control(text(records, path));
      }
    }
    for (String path : records.below(DPKG + "info/")) {
      if (path.endsWith(".list")) {
        String owner = Paths.name(path).replaceFirst("(?::[a-z0-9-]+)?\\.list$", "");
        text(records, path).lines().forEach(line -> own(line, owner));
      }
    }
  }

  private void control(String text) {
    for (String stanza : text.split("\n\\s*\n", -1)) {
      String name =
          stanza
              .lines()
              .filter(line -> line.startsWith("Package:"))
              .map(line -> line.substring("Package:".length()).strip())
              .findFirst()
              .orElse("");
      if (!name.isEmpty()) {
        packages.putIfAbsent(name, PackageControl.parse(name, stanza, ""));
      }
    }
  }

  private void own(String line, String owner) {
    String path = line.startsWith("/") ? line : "/" + line;
    if (Paths.problem(path) == null && packages.containsKey(owner)) {
      owners.putIfAbsent(Paths.merged(path), owner);
    }
  }

  /** apk-package(5) and apk's installed database: a letter, a colon and a value a line. */
  private void apk(String text) {
    for (String stanza : text.split("\n\n", -1)) {
      String name = "";
      String folder = "";
      Set<String> depends = new HashSet<>();
      Set<String> provides = new HashSet<>();
      List<String> files = new ArrayList<>();
      Map<String, String> fields = new HashMap<>();
      for (String line : stanza.lines().toList()) {
        String value = line.length() > 2 ? line.substring(2) : "";
        switch (line.isEmpty() ? ' ' : line.charAt(0)) {
          case 'P' -> name = value;
          case 'V' -> fields.put("version", value);
          case 'A' -> fields.put("architecture", value);
          case 'o' -> fields.put("source", value);
          case 'm' -> fields.put("maintainer", value);
          case 'T' -> fields.put("description", value);
          case 'D' -> depends.addAll(names(value));
          case 'p' -> provides.addAll(names(value));
          case 'F' -> folder = value;
          case 'R' -> files.add("/" + (folder.isEmpty() ? "" : folder + "/") + value);
          default -> {}
        }
      }
      PackageControl control = new PackageControl(Kind.APK, name, depends, provides, "", fields);
      if (!name.isEmpty() && packages.putIfAbsent(name, control) == null) {
        String owner = name;
        files.forEach(file -> own(file, owner));
      }
    }
  }

  private static List<String> names(String relations) {
    return Arrays.stream(relations.split("\\s+", -1))
        .map(each -> each.split("[<>=~]", 2)[0])
        .filter(each -> !each.isEmpty() && !each.startsWith("!"))
        .toList();
  }
}
