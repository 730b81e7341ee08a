package dev.reg.engine.doctor;

import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reg's own files, the JDK that runs them, and the programs of the host that they use. */
final class Installation implements Doctor.Group {
  /** sun_path of unix(7) with its final NUL. */
  private static final int LONGEST_SOCKET = 107;

  private static final Path PROGRAMS = Path.of("/usr/bin");
  private static final Path KEYRINGS = Path.of("/usr/share/keyrings");

  private final Layout layout;
  private final Path installation;

  Installation(Layout layout, Path installation) {
    this.layout = layout;
    this.installation = installation;
  }

  @Override
  public String name() {
    return "installation";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    Path launcher = installation.resolve("libexec/reg-launcher");
    String needed = "bin/reg and libexec/reg-launcher";
    found.add(
        Files.isExecutable(launcher) && Files.isExecutable(installation.resolve("bin/reg"))
            ? Check.ok(name(), installation.toString(), needed)
            : Check.fail(
                name(),
                launcher + " is missing",
                needed,
                "copy the whole folder target/reg, or build it again"));
    found.add(java());
    found.add(socket());
    found.add(builders());
  }

  private Check java() {
    String found = Runtime.version() + " in " + System.getProperty("java.home");
    String needed = "25 or later, with an AOT cache";
    return Files.isReadable(installation.resolve("lib/reg.aot"))
        ? Check.ok("JDK", found, needed)
        : Check.warn(
            "JDK",
            found + ", without an AOT cache",
            needed,
            "the engine starts in twice the time: build the installation with the JDK that runs it");
  }

  private Check socket() {
    int length = layout.socket().toString().getBytes(StandardCharsets.UTF_8).length;
    String needed = "a path of at most " + LONGEST_SOCKET + " bytes";
    return length <= LONGEST_SOCKET
        ? Check.ok("socket", layout.socket().toString(), needed)
        : Check.fail(
            "socket",
            layout.socket() + " has " + length + " bytes",
            needed,
            "use a root with a shorter path: reg --root DIR");
  }

  private static Check builders() {
    String needed = "apt-get, dpkg-deb and Debian's keyring";
    List<String> missing = new ArrayList<>();
    for (String program : List.of("apt-get", "dpkg-deb")) {
      if (!Files.isExecutable(PROGRAMS.resolve(program))) {
        missing.add(program);
      }
    }
    String keyring = "debian-archive-keyring";
    if (!Files.exists(KEYRINGS.resolve(keyring + ".gpg"))
        && !Files.exists(KEYRINGS.resolve(keyring + ".pgp"))) {
      missing.add(keyring);
    }
    if (!missing.isEmpty()) {
      return Check.warn(
          "template builds",
          "without " + String.join(", ", missing),
          needed,
          "stored templates run, but none of the catalog can be built: apt-get install apt dpkg "
              + keyring);
    }
    return Check.ok("template builds", "apt-get, dpkg-deb, keyring", needed);
  }
}
