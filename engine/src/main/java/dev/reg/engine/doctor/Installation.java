package dev.reg.engine.doctor;

import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reg's own files, and the JDK that runs them. */
final class Installation implements Doctor.Group {
  /** sun_path of unix(7) with its final NUL. */
  private static final int LONGEST_SOCKET = 107;

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
}
