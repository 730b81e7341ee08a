package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which release of which distribution the host is, by os-release(5). */
record HostRelease(String id, String codename, String number) {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final Pattern LINE = Pattern.compile("([A-Z0-9_]+)=[\"']?([^\"']*)[\"']?");

  static HostRelease read(Path file) throws IOException {
    Map<String, String> fields = new TreeMap<>();
    if (Files.isReadable(file)) {
      for (String line : Files.readAllLines(file)) {
        Matcher matcher = LINE.matcher(line.strip());
        if (matcher.matches()) {
          fields.put(matcher.group(1), matcher.group(2));
        }
      }
    }
    return new HostRelease(
        fields.getOrDefault("ID", ""),
        fields.getOrDefault("VERSION_CODENAME", ""),
        fields.getOrDefault("VERSION_ID", ""));
  }

  /** By its codename, else by its number; null when it says neither, or not in one word each. */
  @Nullable Distribution distribution() {
    String release = codename.isEmpty() ? number : codename;
    return WORD.matcher(id).matches() && WORD.matcher(release).matches()
        ? new Distribution(id, release)
        : null;
  }

  /** The Debian suite to take packages from when none is configured. */
  String suite() throws RegException {
    if (!id.equals("debian") || codename.isEmpty()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot choose a Debian release for the packages: this host is "
              + (id.equals("debian") ? "a Debian without a codename" : Text.quote(id))
              + " by /etc/os-release; set suite and mirror in the engine's configuration");
    }
    return codename;
  }
}
