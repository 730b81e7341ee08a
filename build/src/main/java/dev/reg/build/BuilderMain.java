package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Trees;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds one template, into {@code --out DIR}: of packages, {@code --recipe FILE [--origin NAME]
 * [--select recipe|whole]}, NAME being what messages call the file, or {@code --packages A,B,...
 * [--name N] [--select whole]}, both with {@code --from DIR}; of {@code --image -|LAYOUT [--name N]
 * [--version V] [--select whole]}, an archive on standard input; or of {@code --program PATH
 * [--name N] [--version V]}. Writes DIR/template.yaml, DIR/provenance.json, DIR/files/ and, when a
 * recipe has a post step, DIR/post.json and DIR/step/, beside what is of no use any more; DIR must
 * be empty or absent and is left empty on failure.
 *
 * <p>The packages come from another run, with {@code --fetch DIR --apt DIR [--lists-since TIME]}
 * and the same recipe or names: that one speaks to the network and apt in the directory that {@link
 * PackageFetch} has made for it, and says in DIR/list what is there then. Neither has rights to
 * anything else. This one waits for a byte on standard input until the packages are in its
 * directory, and what the recipe requires, see {@link RequiredTemplates}.
 *
 * <p>Standard error gets progress, and on failure a last line {@code error: KIND: message}; the
 * exit code is then 1. Ends when its parent does.
 */
public final class BuilderMain {
  /** What a template is made of: one of these. */
  private static final List<String> SOURCES =
      List.of("--recipe", "--packages", "--image", "--program");

  private static final List<String> OPTIONS =
      List.of(
          "--out",
          "--fetch",
          "--from",
          "--apt",
          "--lists-since",
          "--origin",
          "--name",
          "--version",
          "--select");
  private static final String USAGE =
      "--recipe FILE [--origin NAME] [--select recipe|whole] | --packages A,B,... [--name N] [--select whole] | --image -|LAYOUT"
          + " [--name N] [--version V] [--select whole] | --program PATH [--name N] [--version V],"
          + " --out DIR [--from DIR] | --fetch DIR --apt DIR [--lists-since TIME]";

  private BuilderMain() {}

  public static void main(String[] arguments) {
    ProcessHandle.current().parent().ifPresent(BuilderMain::endWith);
    System.exit(run(List.of(arguments), utf8(System.err)));
  }

  /** What we started is tied to us in turn, by the kernel. */
  private static void endWith(ProcessHandle parent) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              parent.onExit().join();
              Runtime.getRuntime().halt(1);
            });
  }

  /**
   * As {@link #main}, in this process.
   *
   * @param err gets progress and the reason of a failure
   * @return the exit code
   */
  static int run(List<String> arguments, PrintStream err) {
    try {
      build(options(arguments), err);
      return 0;
    } catch (RegException e) {
      return failed(err, e.kind(), e.line());
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      return failed(
          err,
          DiskErrors.isFull(e) ? ErrorKind.EXHAUSTED : ErrorKind.UNAVAILABLE,
          "cannot build the template: " + e.getClass().getSimpleName() + ": " + message);
    } catch (RuntimeException | LinkageError e) {
      e.printStackTrace(err);
      return failed(
          err, ErrorKind.UNAVAILABLE, "the builder has a defect, its trace is above: " + e);
    } catch (OutOfMemoryError e) {
      return failed(err, ErrorKind.EXHAUSTED, "cannot build the template: no memory left");
    }
  }

  private static int failed(PrintStream err, ErrorKind kind, String message) {
    err.println("error: " + kind + ": " + message.replaceAll("\\p{Cntrl}+", " "));
    err.flush();
    return 1;
  }

  private static Map<String, String> options(List<String> arguments) throws RegException {
    Map<String, String> out = new TreeMap<>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String option = arguments.get(i);
      boolean known = OPTIONS.contains(option) || SOURCES.contains(option);
      if (!known || i + 1 == arguments.size()) {
        throw usage("unknown or without a value: " + Text.quote(option));
      }
      out.put(option, arguments.get(i + 1));
    }
    if (SOURCES.stream().filter(out::containsKey).count() != 1) {
      throw usage("one of " + String.join(", ", SOURCES) + " is needed");
    }
    if (!out.containsKey("--out") && !out.containsKey("--fetch")) {
      throw usage("--out is missing");
    }
    return out;
  }

  private static RegException usage(String why) {
    return new RegException(ErrorKind.INVALID, why + "; usage: " + USAGE);
  }

  private static void build(Map<String, String> options, PrintStream err)
      throws IOException, RegException {
    if (options.containsKey("--fetch")) {
      fetch(options, err);
      return;
    }
    Path out = Path.of(options.getOrDefault("--out", "")).toAbsolutePath().normalize();
    prepare(out);
    try {
      if (options.containsKey("--recipe")) {
        ofRecipe(options, out, err);
      } else if (options.containsKey("--packages")) {
        ofPackages(options, out, err);
      } else if (options.containsKey("--image")) {
        ofImage(options, out, err);
      } else {
        ofProgram(options, out, err);
      }
    } catch (IOException | RegException | RuntimeException | Error e) {
      clear(out, e);
      throw e;
    }
  }

  private static void ofRecipe(Map<String, String> options, Path out, PrintStream err)
      throws IOException, RegException {
    Recipe recipe = recipe(options);
    Progress progress = new Progress(err, recipe.name());
    Builder builder = new Builder(recipe, out, progress);
    String select = options.getOrDefault("--select", "recipe");
    PackageDirectory.Fetched fetched = fetched(options);
    switch (select) {
      case "recipe" -> {
        RequiredTemplates required =
            RequiredTemplates.read(Path.of(options.getOrDefault("--from", "")));
        builder.build(fetched.packages(), fetched.distribution(), required);
      }
      case "whole" -> builder.buildWhole(fetched.packages());
      default -> throw usage("--select wants recipe or whole");
    }
  }

  private static void ofPackages(Map<String, String> options, Path out, PrintStream err)
      throws IOException, RegException {
    List<String> names = packages(options.getOrDefault("--packages", ""));
    Progress progress = new Progress(err, options.getOrDefault("--name", names.getFirst()));
    PackageDirectory.Fetched fetched = fetched(options);
    FromPackages builder = new FromPackages(names, options.get("--name"), out, progress);
    if (options.getOrDefault("--select", "").equals("whole")) {
      builder.buildWhole(fetched.packages());
    } else {
      builder.build(fetched.packages(), fetched.distribution());
    }
  }

  private static void ofImage(Map<String, String> options, Path out, PrintStream err)
      throws IOException, RegException {
    FromImage image =
        new FromImage(
            out,
            new Progress(err, options.getOrDefault("--name", "import")),
            options.get("--name"),
            options.get("--version"),
            options.getOrDefault("--select", "").equals("whole"));
    String where = options.getOrDefault("--image", "");
    String architecture = System.getProperty("os.arch");
    if (where.equals("-")) {
      image.build(architecture);
    } else {
      image.build(Path.of(where), architecture);
    }
  }

  private static void ofProgram(Map<String, String> options, Path out, PrintStream err)
      throws IOException, RegException {
    String program = options.getOrDefault("--program", "");
    Progress progress =
        new Progress(err, options.getOrDefault("--name", Paths.name("/" + program)));
    new FromHost(Path.of("/"), out, progress, options.get("--name"), options.get("--version"))
        .build(program);
  }

  /** Names separated by commas; whether there are such packages, apt knows. */
  private static List<String> packages(String text) throws RegException {
    List<String> names = List.of(text.split(",", -1));
    for (String name : names) {
      if (!RecipeReader.PACKAGE.matcher(name).matches()) {
        throw new RegException(ErrorKind.INVALID, Text.quote(name) + " is no name of a package");
      }
    }
    return names;
  }

  /** The packages, once they are there. */
  private static PackageDirectory.Fetched fetched(Map<String, String> options)
      throws IOException, RegException {
    String from = options.get("--from");
    if (from == null) {
      throw usage("--from is missing");
    }
    if (System.in.read() < 0) {
      throw new RegException(ErrorKind.UNAVAILABLE, "cannot build the template: no packages came");
    }
    return PackageDirectory.read(Path.of(from));
  }

  private static void fetch(Map<String, String> options, PrintStream err)
      throws IOException, RegException {
    List<String> packages;
    List<String> optional;
    List<TemplateRef> required = List.of();
    Progress progress;
    if (options.containsKey("--recipe")) {
      Recipe recipe = recipe(options);
      packages = recipe.packages();
      optional = recipe.optional();
      required =
          options.getOrDefault("--select", "").equals("whole") ? required : recipe.requires();
      progress = new Progress(err, recipe.name());
    } else {
      packages = packages(options.getOrDefault("--packages", ""));
      optional = FromPackages.TAKEN_FOR_GRANTED;
      progress = new Progress(err, options.getOrDefault("--name", packages.getFirst()));
    }
    if (!options.containsKey("--apt")) {
      throw usage("--apt is missing");
    }
    AptDirectory files = AptDirectory.open(Path.of(options.getOrDefault("--apt", "")));
    Apt fetcher = new Apt(files, progress, since(options));
    Map<DebianPackage, Path> fetched = fetcher.fetch(packages, optional);
    Path directory = Path.of(options.getOrDefault("--fetch", ""));
    PackageDirectory.list(directory, fetched.keySet());
    RequiredTemplates.want(directory, required);
  }

  private static @Nullable Instant since(Map<String, String> options) throws RegException {
    String text = options.get("--lists-since");
    if (text == null) {
      return null;
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw usage("--lists-since wants a time like 2026-01-31T12:00:00Z, not " + Text.quote(text));
    }
  }

  private static Recipe recipe(Map<String, String> options) throws IOException, RegException {
    Path file = Path.of(options.getOrDefault("--recipe", ""));
    String origin = options.getOrDefault("--origin", file.toString());
    try {
      if (Files.size(file) > RecipeReader.LARGEST) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot use the recipe "
                + Text.line(origin)
                + ": larger than "
                + RecipeReader.LARGEST
                + " bytes");
      }
      return RecipeReader.read(origin, Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new RegException(ErrorKind.NOT_FOUND, "cannot find the recipe " + file, e);
    }
  }

  private static void prepare(Path out) throws IOException, RegException {
    Files.createDirectories(out);
    try (Stream<Path> inner = Files.list(out)) {
      if (inner.findAny().isPresent()) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION, "cannot build into " + out + ": it is not empty");
      }
    }
  }

  private static void clear(Path out, Throwable cause) {
    for (String name :
        List.of(
            "template.yaml",
            Builder.PROVENANCE,
            "post.json",
            "origins",
            "files",
            "step",
            Builder.STAGING,
            Builder.WORK)) {
      try {
        Trees.deleteIfThere(out.resolve(name));
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  /** UTF-8 whatever the locale is. */
  static PrintStream utf8(PrintStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }
}
