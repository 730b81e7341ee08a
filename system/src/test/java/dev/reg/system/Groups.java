package dev.reg.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Control groups as the kernel shows them, of either version. */
final class Groups {
  private Groups() {}

  /** A process's group that a controller looks after. */
  static Path of(int pid, String controller) throws IOException {
    String second = null;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (Arrays.asList(parts[1].split(",", -1)).contains(controller)) {
        return mount("cgroup", controller).resolve(parts[2].substring(1));
      }
      if (parts[0].equals("0")) {
        second = parts[2];
      }
    }
    if (second == null) {
      throw new AssertionError("no " + controller + " for process " + pid);
    }
    return mount("cgroup2", "").resolve(second.substring(1));
  }

  private static Path mount(String type, String option) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] halves = line.split(" - ", 2);
      List<String> options = Arrays.asList(halves[1].split(" ", -1)[2].split(",", -1));
      if (halves[1].startsWith(type + " ") && (option.isEmpty() || options.contains(option))) {
        return Path.of(halves[0].split(" ", -1)[4]);
      }
    }
    throw new AssertionError("no " + type + " with " + option);
  }

  /**
   * The groups that one engine has for builders beside this one, or had it: none when it is gone.
   */
  static List<String> ofBuilders(Path beside) {
    String[] names =
        beside.resolveSibling("").toFile().list((parent, name) -> name.startsWith("b-"));
    return names == null ? List.of() : List.of(names);
  }

  /** Whether memory is version 2's. */
  static boolean isSecond() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .noneMatch(line -> line.contains(" - cgroup ") && line.matches(".*\\bmemory\\b.*"));
  }

  /** The text of a file that has one name in version 1 and another in version 2. */
  static String read(Path group, String first, String second) throws IOException {
    Path file = group.resolve(first);
    return Files.readString(Files.exists(file) ? file : group.resolve(second)).strip();
  }

  /** The number after a name in such a text. */
  static long number(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + text));
  }
}
