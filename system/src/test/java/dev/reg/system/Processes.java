package dev.reg.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The host's processes as /proc shows them. */
final class Processes {
  private Processes() {}

  /**
   * Command lines by pid, arguments separated by spaces; kernel threads and the just ended are left
   * out.
   */
  static Map<Integer, String> commandLines() {
    Map<Integer, String> found = new TreeMap<>();
    try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path entry : entries) {
        String line = commandLine(entry);
        if (!line.isEmpty()) {
          found.put(Integer.parseInt(entry.getFileName().toString()), line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** The pids of Java's processes that make a template for an engine and were given this option. */
  static List<String> builders(Path root, String option) {
    return commandLines().entrySet().stream()
        .filter(each -> each.getValue().split(" ", 2)[0].endsWith("/bin/java"))
        .filter(each -> each.getValue().contains(" dev.reg.build.BuilderMain "))
        .filter(each -> each.getValue().contains(" " + option + " "))
        .filter(each -> each.getValue().contains(root.toString()))
        .map(each -> each.getKey().toString())
        .toList();
  }

  private static String commandLine(Path process) {
    try {
      byte[] raw = Files.readAllBytes(process.resolve("cmdline"));
      return new String(raw, StandardCharsets.UTF_8).replace('\0', ' ').strip();
    } catch (IOException e) {
      return ""; // it ended while we looked
    }
  }

  static boolean alive(int pid) {
    return Files.exists(Path.of("/proc/" + pid)) && !state(pid).equals("Z");
  }

  /** Field 3 of /proc/pid/stat (proc(5)), or X when the process is gone. */
  private static String state(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
    } catch (IOException e) {
      return "X";
    }
  }

  static void kill(int pid) {
    signal("KILL", pid);
    Await.until(() -> !alive(pid), () -> pid + " is still alive");
  }

  static void signal(String name, long pid) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
