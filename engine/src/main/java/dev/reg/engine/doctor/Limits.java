package dev.reg.engine.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much the kernel lets this process have. */
final class Limits implements Doctor.Group {
  private static final long LEAST = 256;
  private static final long COMFORTABLE = 4096;

  @Override
  public String name() {
    return "descriptors";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    found.add(descriptors(openFiles(Files.readString(Path.of("/proc/self/limits")))));
  }

  /** The soft limit, in proc_pid_limits(5): a name in 26 columns, then the values. */
  static long openFiles(String limits) {
    return limits
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.substring(26).strip().split(" ", 2)[0])
        .mapToLong(value -> value.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(value))
        .findFirst()
        .orElse(0);
  }

  static Check descriptors(long limit) {
    String needed = COMFORTABLE + " or more";
    String advice =
        "raise the hard limit where the engine is started (ulimit -Hn, LimitNOFILE=): each running"
            + " container takes a few";
    if (limit < LEAST) {
      return Check.fail("descriptors", Long.toString(limit), needed, advice);
    }
    return limit < COMFORTABLE
        ? Check.warn("descriptors", Long.toString(limit), needed, advice)
        : Check.ok("descriptors", Long.toString(limit), needed);
  }
}
