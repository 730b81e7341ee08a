package dev.reg.engine.doctor;

import dev.reg.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who the engine is, and which kinds of namespaces it may make. */
final class Privileges implements Doctor.Group {
  private static final int CAP_SYS_ADMIN = 21;
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Each with the file below /proc/sys/user that bounds it. */
  private static final List<String> NAMESPACES = List.of("mnt", "pid", "ipc", "uts", "cgroup");

  @Override
  public String name() {
    return "privileges";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    int uid = Processes.userId();
    boolean admin = (capabilities(Files.readString(STATUS)) & 1L << CAP_SYS_ADMIN) != 0;
    String needed = "uid 0 with CAP_SYS_ADMIN";
    String who = "uid " + uid + (admin ? " with" : " without") + " CAP_SYS_ADMIN";
    found.add(
        uid == 0 && admin
            ? Check.ok(name(), who, needed)
            : Check.fail(name(), who, needed, "start the engine as root, outside of containers"));
    found.add(namespaces());
  }

  /** The effective set: a line of proc_pid_status(5), in hexadecimal. */
  static long capabilities(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
        .findFirst()
        .orElse(0L);
  }

  private static Check namespaces() throws IOException {
    String needed = String.join(" ", NAMESPACES);
    for (String kind : NAMESPACES) {
      if (!Files.exists(Path.of("/proc/self/ns", kind))) {
        return Check.fail(
            "namespaces",
            "no " + kind + " namespaces",
            needed,
            "use a kernel that is built with them (CONFIG_NAMESPACES)");
      }
      Path bound = Path.of("/proc/sys/user", "max_" + kind + "_namespaces");
      if (Files.exists(bound) && Long.parseLong(Files.readString(bound).strip()) == 0) {
        return Check.fail(
            "namespaces",
            bound + " is 0",
            needed,
            "raise it: sysctl -w user." + bound.getFileName() + "=65536");
      }
    }
    return Check.ok("namespaces", needed, needed);
  }
}
