package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.provenance.DistributionPackage.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a package says about itself: deb-control(5), and its postinst as text, which nobody ever
 * runs.
 *
 * @param depends the packages named by Depends and Pre-Depends, every alternative of them
 * @param provides the names it answers to beside its own
 * @param fields what says which package it is: those of {@link #IDENTITY} that it has, the first
 *     line of each
 */
record PackageControl(
    Kind kind,
    String name,
    Set<String> depends,
    Set<String> provides,
    String postinst,
    Map<String, String> fields) {
  static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+._-]{0,127}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9.+~:_-]{1,256}");
  private static final Pattern ARCHITECTURE = Pattern.compile("[a-z0-9_-]{1,64}");
  private static final Pattern IN_PARENTHESES = Pattern.compile("\\(([^()]*)\\)");
  private static final int LONGEST_LINE = 1_000;

  static final Set<String> IDENTITY =
      Set.of("version", "architecture", "source", "maintainer", "description");

  /** Bytes of one member; longer ones are cut. */
  private static final int LARGEST = 1 << 20;

  private static final Duration LIMIT = Duration.ofMinutes(1);

  PackageControl {
    depends = Set.copyOf(depends);
    provides = Set.copyOf(provides);
    fields = Map.copyOf(fields);
  }

  /** One that nothing more is known of. */
  PackageControl(String name, Set<String> depends, Set<String> provides, String postinst) {
    this(Kind.DEB, name, depends, provides, postinst, Map.of());
  }

  /** Whether it says which package in which version it is, in a form that others can read. */
  boolean isIdentified() {
    return NAME.matcher(name).matches()
        && VERSION.matcher(version()).matches()
        && ARCHITECTURE.matcher(architecture()).matches()
        && NAME.matcher(source()).matches()
        && VERSION.matcher(sourceVersion()).matches();
  }

  String version() {
    return fields.getOrDefault("version", "");
  }

  String architecture() {
    return fields.getOrDefault("architecture", "all");
  }

  /** {@code Source: glibc (2.36-9)}; without the field the package's own name. */
  String source() {
    return fields.getOrDefault("source", name).split("[ (]", 2)[0];
  }

  String sourceVersion() {
    Matcher version = IN_PARENTHESES.matcher(fields.getOrDefault("source", ""));
    return version.find() ? version.group(1) : version();
  }

  /** Null when it names none. */
  @Nullable String maintainer() {
    return line("maintainer");
  }

  private @Nullable String line(String field) {
    String text = fields.getOrDefault(field, "");
    return text.isEmpty() || text.length() > LONGEST_LINE || Text.hasControl(text) ? null : text;
  }

  /** What says to who looks that it is installed: a paragraph of dpkg's status file. */
  String status() {
    StringBuilder out = new StringBuilder();
    out.append("Package: ").append(name).append("\nStatus: install ok installed\n");
    String maintainer = maintainer();
    if (maintainer != null) {
      out.append("Maintainer: ").append(maintainer).append('\n');
    }
    out.append("Architecture: ").append(architecture()).append('\n');
    if (!source().equals(name) || !sourceVersion().equals(version())) {
      out.append("Source: ").append(source());
      if (!sourceVersion().equals(version())) {
        out.append(" (").append(sourceVersion()).append(')');
      }
      out.append('\n');
    }
    out.append("Version: ").append(version()).append('\n');
    String description = line("description");
    if (description != null) {
      out.append("Description: ").append(description).append('\n');
    }
    return out.toString();
  }

  /** Of a .deb archive. */
  static PackageControl read(String name, Path archive) throws IOException, RegException {
    Map<String, String> members = new HashMap<>();
    Subprocess.Result result =
        Subprocess.run(
            List.of("dpkg-deb", "--ctrl-tarfile", archive.toString()),
            AptHost.environment(),
            LIMIT,
            in -> {
              members(in, members);
              in.transferTo(OutputStream.nullOutputStream());
            });
    if (result.exit() != 0) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot read the control files of " + name + ": " + Text.line(result.err().strip()));
    }
    return parse(name, members.getOrDefault("control", ""), members.getOrDefault("postinst", ""));
  }

  /** Of all that were downloaded. */
  static List<PackageControl> readAll(Map<DebianPackage, Path> archives)
      throws IOException, RegException {
    return Parallel.map(archives.entrySet(), one -> read(one.getKey().name(), one.getValue()));
  }

  private static void members(InputStream stream, Map<String, String> members) throws IOException {
    // Closing it would close the stream, which is the caller's.
    @SuppressWarnings("resource")
    TarArchiveInputStream tar = new TarArchiveInputStream(stream, "UTF-8");
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String name = entry.getName().startsWith("./") ? entry.getName().substring(2) : "";
      if (entry.isFile() && (name.equals("control") || name.equals("postinst"))) {
        members.put(name, new String(tar.readNBytes(LARGEST), StandardCharsets.UTF_8));
      }
    }
  }

  static PackageControl parse(String name, String control, String postinst) {
    Map<String, String> fields = new HashMap<>();
    Map<String, String> identity = new HashMap<>();
    String field = "";
    for (String line : control.lines().toList()) {
      int colon = line.indexOf(':');
      if (line.startsWith(" ") || line.startsWith("\t")) {
        fields.merge(field, line, String::concat);
      } else if (colon > 0) {
        field = line.substring(0, colon).toLowerCase(Locale.ROOT);
        fields.put(field, line.substring(colon + 1));
        if (IDENTITY.contains(field)) {
          identity.put(field, line.substring(colon + 1).strip());
        }
      }
    }
    Set<String> depends = names(fields.getOrDefault("depends", ""));
    depends.addAll(names(fields.getOrDefault("pre-depends", "")));
    Set<String> provides = names(fields.getOrDefault("provides", ""));
    return new PackageControl(Kind.DEB, name, depends, provides, postinst, identity);
  }

  /** {@code a (>= 1), b:any | c} names a, b and c. */
  private static Set<String> names(String relations) {
    List<String> names = new ArrayList<>();
    for (String relation : relations.split("[,|]", -1)) {
      String name = relation.strip().split("[ (\\[<:]", 2)[0];
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return new LinkedHashSet<>(names);
  }
}
