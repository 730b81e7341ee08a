package dev.reg.engine.building;

import dev.reg.build.FetchedFrom;
import dev.reg.build.PackageFetch;
import dev.reg.build.RequiredTemplates;
import dev.reg.engine.configuration.Configuration;
import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import dev.reg.store.Trees;
import dev.reg.template.TemplateRef;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the files of one template in processes of their own: whatever they do to their memory is
 * not the engine's, and each is a user of its own that reads and writes nothing else. One fetches
 * packages, by way of apt and the network; the other takes them apart and writes the template.
 */
final class BuilderRun {
  private static final String MAIN = "dev.reg.build.BuilderMain";

  /** Bytes of a list of packages or of templates. */
  private static final int LARGEST_LIST = 4 << 20;

  private final BuildSource source;
  private final Path out;
  private final Path place;
  private final BuilderMemory.Hold hold;
  private final BuilderProcess.Waiting waiting;

  private BuilderRun(
      BuildSource source,
      Path out,
      Path place,
      BuilderMemory.Hold hold,
      BuilderProcess.Waiting waiting) {
    this.source = source;
    this.out = out;
    this.place = place;
    this.hold = hold;
    this.waiting = waiting;
  }

  /** Who has the templates that another requires. */
  interface Giver {
    /** Has the files of these, and of all they require, beside the packages. */
    void give(List<TemplateRef> required, Path packages) throws IOException, RegException;
  }

  /** See {@link Builders#run}. */
  static void run(
      BuildSource source,
      Path out,
      Builders builders,
      BuilderMemory.Hold hold,
      Consumer<String> progress,
      BooleanSupplier wanted,
      Giver required)
      throws IOException, RegException {
    // No template has such a name.
    Path place = out.resolveSibling("=" + out.getFileName());
    Trees.deleteIfThere(place);
    try {
      Files.createDirectories(out, BuildPlaces.PRIVATE);
      Files.createDirectories(place, BuildPlaces.PRIVATE);
      BuildSource placed = source.placed(place);
      BuilderRun run =
          new BuilderRun(
              placed,
              out,
              place,
              hold,
              new BuilderProcess.Waiting(
                  placed, progress, wanted, new OutputBounds(List.of(out, place))));
      if (source.isOfPackages()) {
        run.ofPackages(builders.apt(), builders.configuration(), required);
      } else {
        run.confined(List.of(), List.of());
      }
    } finally {
      Trees.deleteIfThere(place);
    }
  }

  /** The builder is started before there is anything for it, so that nobody waits for its Java. */
  private void ofPackages(Path apt, Configuration configuration, Giver required)
      throws IOException, RegException {
    Path packages = Files.createDirectory(place.resolve("packages"));
    Path fetched = Files.createDirectory(place.resolve("fetched"), BuildPlaces.PRIVATE);
    FetchedFrom from =
        new FetchedFrom(
            configuration.suite(),
            configuration.mirror(),
            configuration.sources(),
            configuration.replace());
    try (BuilderProcess builder =
        start(List.of("--from", packages.toString()), List.of(packages))) {
      Confinement confinement = Confinement.withNetwork();
      int user = Processes.userId() == 0 ? confinement.user() : Processes.userId();
      try (PackageFetch fetch =
          PackageFetch.begin(
              apt, from, user, waiting::check, line -> waiting.say(source.label() + ": " + line))) {
        try (BuilderProcess fetcher = fetcher(confinement, fetch, fetched)) {
          fetcher.finish(waiting);
        }
        // Nothing of it is left that could change what is read now.
        byte[] list = BuilderOutput.read(fetched, PackageFetch.LIST, LARGEST_LIST);
        fetch.hand(new String(list, StandardCharsets.UTF_8), packages);
      }
      List<TemplateRef> refs =
          RequiredTemplates.wanted(
              BuilderOutput.read(fetched, RequiredTemplates.WANTED, LARGEST_LIST));
      if (!refs.isEmpty()) {
        required.give(refs, packages);
      }
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

  private BuilderProcess fetcher(Confinement confinement, PackageFetch fetch, Path fetched)
      throws IOException {
    List<String> program = new ArrayList<>(java());
    program.addAll(source.arguments());
    program.addAll(List.of("--fetch", fetched.toString()));
    program.addAll(fetch.arguments());
    fetch.readable().forEach(confinement::mayRead);
    fetch.writable().forEach(confinement::mayWrite);
    return start(confinement, "fetching", program, fetched, BuildSource.NO_INPUT);
  }

  private BuilderProcess start(List<String> arguments, List<Path> readable) throws IOException {
    List<String> program = new ArrayList<>(java());
    program.addAll(source.arguments());
    program.addAll(arguments);
    program.addAll(List.of("--out", out.toString()));
    Confinement confinement = new Confinement();
    if (source.isOfHost()) {
      confinement.mayReadAll();
    }
    readable.forEach(confinement::mayRead);
    return start(confinement, "root", program, out, source.isOfPackages() ? null : source.input());
  }

  /**
   * @param root a name below the place, for nobody else
   * @param writes a directory that becomes the process's user's
   */
  private BuilderProcess start(
      Confinement confinement, String root, List<String> program, Path writes, @Nullable Path input)
      throws IOException {
    if (Processes.userId() != 0) {
      List<String> command =
          new ArrayList<>(List.of("setpriv", "--pdeathsig=KILL", "--no-new-privs", "--"));
      command.addAll(program);
      return BuilderProcess.start(command, input, hold);
    }
    ofJava().forEach(confinement::mayRead);
    source.readable().forEach(confinement::mayRead);
    confinement.mayWrite(writes);
    hold.joining().forEach(confinement::joins);
    Files.setAttribute(writes, "unix:uid", confinement.user());
    return BuilderProcess.start(
        confinement.command(Files.createDirectory(place.resolve(root)), program), input, hold);
  }

  /**
   * The engine's own Java, with the class path it was started with: then it takes the classes from
   * the AOT cache of the installation, too. One that does not fit is passed over without a word.
   */
  private static List<String> java() {
    String classes = System.getProperty("java.class.path");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseCompactObjectHeaders",
                "-XX:-UsePerfData",
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "--enable-native-access=ALL-UNNAMED"));
    Path cache = Path.of(classes.split(File.pathSeparator, 2)[0]).resolveSibling("reg.aot");
    if (Files.isRegularFile(cache)) {
      command.add("-XX:AOTCache=" + cache);
    }
    command.addAll(List.of("-cp", classes, MAIN));
    return command;
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
