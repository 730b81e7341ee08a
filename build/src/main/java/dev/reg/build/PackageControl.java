package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
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
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * What a package says about itself: deb-control(5), and its postinst as text, which nobody ever
 * runs.
 *
 * @param depends the packages named by Depends and Pre-Depends, every alternative of them
 * @param provides the names it answers to beside its own
 */
record PackageControl(String name, Set<String> depends, Set<String> provides, String postinst) {
  /** Bytes of one member; longer ones are cut. */
  private static final int LARGEST = 1 << 20;

  private static final Duration LIMIT = Duration.ofMinutes(1);

  PackageControl {
    depends = Set.copyOf(depends);
    provides = Set.copyOf(provides);
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
    String field = "";
    for (String line : control.lines().toList()) {
      int colon = line.indexOf(':');
      if (line.startsWith(" ") || line.startsWith("\t")) {
        fields.merge(field, line, String::concat);
      } else if (colon > 0) {
        field = line.substring(0, colon).toLowerCase(Locale.ROOT);
        fields.put(field, line.substring(colon + 1));
      }
    }
    Set<String> depends = names(fields.getOrDefault("depends", ""));
    depends.addAll(names(fields.getOrDefault("pre-depends", "")));
    return new PackageControl(name, depends, names(fields.getOrDefault("provides", "")), postinst);
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
