package dev.reg.engine.building;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the builder as a process of its own: it downloads, unpacks and runs for a minute, and
 * whatever it does to its memory is not the engine's.
 */
final class BuilderProcess {
  private static final String MAIN = "dev.reg.build.BuilderMain";
  private static final String ERROR = "error: ";
  private static final int LONGEST_LINE = 200;

  /** The user who owns nothing, Debian Policy 9.2.2. */
  private static final int NOBODY = 65_534;

  private BuilderProcess() {}

  /**
   * @param out an empty or absent directory; has the template on success, nothing on failure
   * @param progress gets short lines
   * @param wanted false ends the process
   */
  static void run(
      BuildSource source,
      Path out,
      Path apt,
      Configuration configuration,
      Consumer<String> progress,
      BooleanSupplier wanted)
      throws IOException, RegException {
    long deadline = System.nanoTime() + source.limit().toNanos();
    BooleanSupplier inTime = () -> System.nanoTime() - deadline < 0;
    Process process = start(source, out, arguments(source, out, apt, configuration));
    Thread watch =
        Thread.ofVirtual()
            .name("reg-build-watch")
            .start(() -> endUnless(process, () -> wanted.getAsBoolean() && inTime.getAsBoolean()));
    String error = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        error = line.startsWith(ERROR) ? line : null;
        if (error == null) {
          progress.accept(line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) : line);
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw !wanted.getAsBoolean()
            ? unavailable(source, "nobody waits for it any more")
            : inTime.getAsBoolean()
                ? failure(source, code, error)
                : unavailable(
                    source, "it took longer than " + source.limit().toMinutes() + " minutes");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
    } finally {
      watch.interrupt();
    }
  }

  private static void endUnless(Process process, BooleanSupplier wanted) {
    try {
      while (process.isAlive()) {
        if (!wanted.getAsBoolean()) {
          // Not the process's own destroy: that closes the stream under whoever reads it.
          process.toHandle().destroy();
        }
        Thread.sleep(200);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> arguments(
      BuildSource source, Path out, Path apt, Configuration configuration) {
    List<String> arguments = new ArrayList<>(source.arguments());
    arguments.addAll(List.of("--out", out.toString(), "--apt", apt.toString()));
    String suite = configuration.suite();
    if (suite != null) {
      arguments.addAll(List.of("--suite", suite));
    }
    String mirror = configuration.mirror();
    if (mirror != null) {
      arguments.addAll(List.of("--mirror", mirror));
    }
    return arguments;
  }

  /**
   * The engine's own Java, with the class path it was started with. It reads what strangers made:
   * of root's capabilities it keeps the one to use a root directory below another user's. For what
   * nobody has signed it is another user, who can read what is to be read, and write nothing but
   * the output. The kernel ends it with this thread (setpriv(1), PR_SET_PDEATHSIG), which waits for
   * it: an engine that comes after a crash has the directories to itself.
   */
  private static Process start(BuildSource source, Path out, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--pdeathsig=KILL", "--no-new-privs"));
    if (Processes.userId() == 0 && source.isStrangers()) {
      Files.setAttribute(out, "unix:uid", NOBODY);
      command.addAll(List.of("--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
      command.addAll(
          List.of(
              // Or access(2), by which Java looks for files, would go without the capability.
              "--securebits=+no_setuid_fixup",
              "--inh-caps=-all,+dac_read_search",
              "--ambient-caps=-all,+dac_read_search",
              "--bounding-set=-all,+dac_read_search"));
    } else if (Processes.userId() == 0) {
      command.addAll(List.of("--inh-caps=-all", "--bounding-set=-all,+dac_override"));
    }
    command.add("--");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            MAIN));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(Path.of("/").toFile());
    builder.redirectInput(source.input().toFile());
    Map<String, String> environment = builder.environment();
    environment.remove("REG_READY_FD");
    environment.put("LC_ALL", "C.UTF-8");
    return builder.start();
  }

  private static RegException unavailable(BuildSource source, String why) {
    return new RegException(ErrorKind.UNAVAILABLE, "cannot build " + source + ": " + why);
  }

  private static RegException failure(BuildSource source, int code, @Nullable String error) {
    if (error != null) {
      String rest = error.substring(ERROR.length());
      int colon = rest.indexOf(": ");
      for (ErrorKind kind : ErrorKind.values()) {
        if (colon > 0 && kind.name().equals(rest.substring(0, colon))) {
          return new RegException(kind, rest.substring(colon + 2));
        }
      }
    }
    return unavailable(source, "the builder ended with code " + code + " and said no reason");
  }
}
