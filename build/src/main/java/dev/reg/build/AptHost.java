package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the private apt takes over from the host: the architecture, and how to reach the network.
 * Nothing else of the host's configuration, no hook and no credential.
 *
 * @param network lines of apt.conf(5): proxies and the certificate authorities of https
 */
record AptHost(String architecture, List<String> network) {
  private static final List<Path> KEYRINGS =
      Stream.of("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
          .map(name -> Path.of("/usr/share/keyrings", name))
          .toList();
  private static final Pattern NETWORK =
      Pattern.compile(
          "Acquire::(?:http|https)::(?:Proxy|Proxy::[^ ]+|Proxy-Auto-Detect|ProxyAutoDetect|CaInfo)"
              + " \"[^\"]*\";");
  private static final List<String> PROXIES =
      List.of("http_proxy", "https_proxy", "no_proxy", "all_proxy");

  /** Asks dpkg and apt-config. Throws UNAVAILABLE when there is none. */
  static AptHost ask() throws IOException, RegException {
    String architecture = line(List.of("dpkg", "--print-architecture")).strip();
    List<String> network =
        line(List.of("apt-config", "dump"))
            .lines()
            .filter(line -> NETWORK.matcher(line).matches())
            .toList();
    return new AptHost(architecture, network);
  }

  /** Debian's archive keys. Throws UNAVAILABLE when there are none. */
  static Path keyring() throws RegException {
    for (Path keyring : KEYRINGS) {
      if (Files.isReadable(keyring)) {
        return keyring;
      }
    }
    throw new RegException(
        ErrorKind.UNAVAILABLE,
        "cannot verify Debian's packages: "
            + KEYRINGS.getLast()
            + " is missing; install debian-archive-keyring");
  }

  /** What on this machine the settings of the network name by its path. */
  List<Path> local() {
    return network.stream()
        .map(line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
        .filter(value -> value.startsWith("/"))
        .map(Path::of)
        .toList();
  }

  private static String line(List<String> command) throws IOException, RegException {
    Subprocess.Result result = Subprocess.run(command, environment(), Duration.ofMinutes(1));
    if (result.exit() != 0) {
      throw new RegException(
          ErrorKind.UNAVAILABLE,
          "cannot run "
              + String.join(" ", command)
              + ": "
              + Text.line(result.err().strip())
              + "; templates are built with apt and dpkg, which this host seems to lack");
    }
    return result.out();
  }

  /** A plain one, with the proxies this process was given. */
  static Map<String, String> environment() {
    Map<String, String> out = new TreeMap<>();
    out.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    out.put("LC_ALL", "C");
    out.put("HOME", "/nonexistent");
    out.put("DEBIAN_FRONTEND", "noninteractive");
    // dpkg-deb(1) decompresses with as many threads as the machine has processors, each with a
    // block in memory, while other archives are taken apart: of Debian 12's openjdk-17-jre-headless
    // (blocks of 24 MiB) it has 128 MiB resident at two threads, 63 at one.
    out.put("DPKG_DEB_THREADS_MAX", "2");
    for (String name : PROXIES) {
      String value = System.getenv(name);
      if (value != null) {
        out.put(name, value);
      }
    }
    return out;
  }
}
