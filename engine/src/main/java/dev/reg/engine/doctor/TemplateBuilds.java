package dev.reg.engine.doctor;

import dev.reg.build.ConfiguredSources;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What templates are made with: programs of the host, and keyrings by which packages are known. */
final class TemplateBuilds implements Doctor.Group {
  private static final Path PROGRAMS = Path.of("/usr/bin");
  private static final Path KEYRINGS = Path.of("/usr/share/keyrings");
  private static final String KEYRING = "debian-archive-keyring";

  private final @Nullable Path sources;
  private final boolean replace;

  /**
   * @param sources what the configuration has beside the host's package sources; null for nothing
   * @param replace whether it has them instead of those
   */
  TemplateBuilds(@Nullable Path sources, boolean replace) {
    this.sources = sources;
    this.replace = replace;
  }

  @Override
  public String name() {
    return "template builds";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    found.add(programs());
    if (sources != null) {
      found.add(configured(sources));
    }
  }

  private Check programs() {
    String needed = replace ? "apt-get, dpkg-deb" : "apt-get, dpkg-deb and Debian's keyring";
    List<String> missing = new ArrayList<>();
    for (String program : List.of("apt-get", "dpkg-deb")) {
      if (!Files.isExecutable(PROGRAMS.resolve(program))) {
        missing.add(program);
      }
    }
    if (!replace
        && !Files.exists(KEYRINGS.resolve(KEYRING + ".gpg"))
        && !Files.exists(KEYRINGS.resolve(KEYRING + ".pgp"))) {
      missing.add(KEYRING);
    }
    if (!missing.isEmpty()) {
      return Check.warn(
          name(),
          "without " + String.join(", ", missing),
          needed,
          "stored templates run, but none of the catalog can be built: apt-get install apt dpkg "
              + KEYRING);
    }
    return Check.ok(name(), replace ? needed : "apt-get, dpkg-deb, keyring", needed);
  }

  private static Check configured(Path sources) throws IOException {
    String needed = "entries with keyrings that only root can write";
    try {
      ConfiguredSources read = ConfiguredSources.read(sources);
      int keyrings = read.keyrings().size();
      return Check.ok(
          "package sources",
          read.size()
              + " of "
              + read
              + ", "
              + keyrings
              + (keyrings == 1 ? " keyring" : " keyrings"),
          needed);
    } catch (RegException e) {
      return Check.warn(
          "package sources",
          sources + " cannot be used",
          needed,
          e.line() + "; until then nothing can be built of packages");
    }
  }
}
