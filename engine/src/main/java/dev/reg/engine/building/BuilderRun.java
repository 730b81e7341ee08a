package dev.reg.engine.building;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Makes the files of one template in processes of their own: whatever they do to their memory is
 * not the engine's. One fetches packages, by way of apt and with root's id; the other, confined,
 * takes apart what strangers made and writes the template.
 */
final class BuilderRun {
  private static final String MAIN = "dev.reg.build.BuilderMain";

  private final BuildSource source;
  private final Path out;
  private final Path place;
  private final BuilderProcess.Waiting waiting;

  private BuilderRun(BuildSource source, Path out, Path place, BuilderProcess.Waiting waiting) {
    this.source = source;
    this.out = out;
    this.place = place;
    this.waiting = waiting;
  }

  /**
   * @param out an empty or absent directory, beside which others are made meanwhile; has the
   *     template on success, nothing of use on failure
   * @param progress gets short lines
   * @param wanted false ends the processes
   */
  static void run(
      BuildSource source,
      Path out,
      Path apt,
      Configuration configuration,
      Consumer<String> progress,
      BooleanSupplier wanted)
      throws IOException, RegException {
    // No template has such a name.
    Path place = out.resolveSibling("=" + out.getFileName());
    BuildPlaces.delete(place);
    try {
      Files.createDirectories(out, BuildPlaces.PRIVATE);
      Files.createDirectories(place, BuildPlaces.PRIVATE);
      BuilderRun run =
          new BuilderRun(
              source,
              out,
              place,
              new BuilderProcess.Waiting(
                  source, progress, wanted, new OutputBounds(List.of(out, place))));
      if (source.isOfPackages()) {
        run.ofPackages(apt, configuration);
      } else {
        run.confined(List.of(), List.of());
      }
    } finally {
      BuildPlaces.delete(place);
    }
  }

  /** The builder is started before there is anything for it, so that nobody waits for its Java. */
  private void ofPackages(Path apt, Configuration configuration) throws IOException, RegException {
    Path packages = Files.createDirectory(place.resolve("packages"));
    try (BuilderProcess builder = start(List.of("--from", packages.toString()), List.of(packages));
        BuilderProcess fetcher =
            BuilderProcess.start(fetching(packages, apt, configuration), null)) {
      fetcher.finish(waiting);
      builder.proceed();
      builder.finish(waiting);
    }
  }

  private void confined(List<String> arguments, List<Path> readable)
      throws IOException, RegException {
    try (BuilderProcess builder = start(arguments, readable)) {
      builder.finish(waiting);
    }
  }

  /** As root, of whose capabilities it keeps the one to use a directory below another user's. */
  private List<String> fetching(Path packages, Path apt, Configuration configuration) {
    List<String> command =
        new ArrayList<>(List.of("setpriv", "--pdeathsig=KILL", "--no-new-privs"));
    if (Processes.userId() == 0) {
      command.addAll(List.of("--inh-caps=-all", "--bounding-set=-all,+dac_override"));
    }
    command.add("--");
    command.addAll(java());
    command.addAll(source.arguments());
    command.addAll(List.of("--fetch", packages.toString(), "--apt", apt.toString()));
    String suite = configuration.suite();
    if (suite != null) {
      command.addAll(List.of("--suite", suite));
    }
    String mirror = configuration.mirror();
    if (mirror != null) {
      command.addAll(List.of("--mirror", mirror));
    }
    Path sources = configuration.sources();
    if (sources != null) {
      command.addAll(List.of("--sources", sources.toString()));
      command.addAll(List.of("--replace", Boolean.toString(configuration.replace())));
    }
    return command;
  }

  private BuilderProcess start(List<String> arguments, List<Path> readable) throws IOException {
    List<String> program = new ArrayList<>(java());
    program.addAll(source.arguments());
    program.addAll(arguments);
    program.addAll(List.of("--out", out.toString()));
    Path input = source.isOfPackages() ? null : source.input();
    if (Processes.userId() != 0) {
      List<String> command =
          new ArrayList<>(List.of("setpriv", "--pdeathsig=KILL", "--no-new-privs", "--"));
      command.addAll(program);
      return BuilderProcess.start(command, input);
    }
    Confinement confinement = new Confinement();
    if (source.isOfHost()) {
      confinement.mayReadAll();
    }
    ofJava().forEach(confinement::mayRead);
    source.readable().forEach(confinement::mayRead);
    readable.forEach(confinement::mayRead);
    confinement.mayWrite(out);
    Files.setAttribute(out, "unix:uid", confinement.user());
    Path root = Files.createDirectory(place.resolve("root"));
    return BuilderProcess.start(confinement.command(root, program), input);
  }

  /** The engine's own Java, with the class path it was started with. */
  private static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        MAIN);
  }

  /** Where that lies. */
  private static Set<Path> ofJava() {
    Set<Path> all = new LinkedHashSet<>();
    all.add(Path.of(System.getProperty("java.home")));
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(each).toAbsolutePath();
      Path parent = path.getParent();
      all.add(Files.isDirectory(path) || parent == null ? path : parent);
    }
    return all;
  }
}
