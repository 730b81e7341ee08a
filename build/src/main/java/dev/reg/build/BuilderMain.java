package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Builds one template: {@code --recipe FILE --out DIR --apt DIR [--suite S] [--mirror URI]
 * [--select recipe|whole]}. Writes DIR/template.yaml, DIR/files/ and, when the recipe has a post
 * step, DIR/post.json; DIR must be empty or absent and is left empty on failure. Standard error
 * gets progress, and on failure a last line {@code error: KIND: message}; the exit code is then 1.
 * Ends when its parent does.
 */
public final class BuilderMain {
  private static final List<String> OPTIONS =
      List.of("--recipe", "--out", "--apt", "--suite", "--mirror", "--select");
  private static final Path APT = Path.of("/etc/apt");
  private static final Path RELEASE = Path.of("/etc/os-release");

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

  static int run(List<String> arguments, PrintStream err) {
    try {
      build(options(arguments), err);
      return 0;
    } catch (RegException e) {
      return failed(err, e.kind(), e.line());
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      boolean full = message.contains("No space left") || message.contains("quota exceeded");
      return failed(
          err,
          full ? ErrorKind.EXHAUSTED : ErrorKind.UNAVAILABLE,
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
      if (!OPTIONS.contains(option) || i + 1 == arguments.size()) {
        throw usage("unknown or without a value: " + Text.quote(option));
      }
      out.put(option, arguments.get(i + 1));
    }
    for (String option : OPTIONS.subList(0, 3)) {
      if (!out.containsKey(option)) {
        throw usage(option + " is missing");
      }
    }
    return out;
  }

  private static RegException usage(String why) {
    return new RegException(
        ErrorKind.INVALID,
        why
            + "; usage: --recipe FILE --out DIR --apt DIR [--suite S] [--mirror URI]"
            + " [--select recipe|whole]");
  }

  private static void build(Map<String, String> options, PrintStream err)
      throws IOException, RegException {
    Path out = Path.of(options.getOrDefault("--out", "")).toAbsolutePath().normalize();
    Recipe recipe = recipe(Path.of(options.getOrDefault("--recipe", "")));
    Progress progress = new Progress(err, recipe.name());
    prepare(out);
    try {
      fetchAndBuild(recipe, out, options, progress);
    } catch (IOException | RegException | RuntimeException | Error e) {
      clear(out, e);
      throw e;
    }
  }

  private static void fetchAndBuild(
      Recipe recipe, Path out, Map<String, String> options, Progress progress)
      throws IOException, RegException {
    AptHost host = AptHost.ask();
    HostRelease release = HostRelease.read(RELEASE);
    String suite = options.get("--suite");
    String hostSuite = suite == null || release.id().equals("debian") ? release.suite() : "";
    DebianSources sources =
        DebianSources.choose(
            SourcesList.read(APT), hostSuite, host.architecture(), suite, options.get("--mirror"));
    Path apt = Path.of(options.getOrDefault("--apt", ""));
    try (AptDirectory directory = AptDirectory.open(apt, host, sources, progress)) {
      Map<DebianPackage, Path> packages =
          new Apt(directory, suite == null ? hostSuite : suite, progress)
              .fetch(recipe.packages(), recipe.optional());
      Builder builder = new Builder(recipe, out, progress);
      switch (options.getOrDefault("--select", "recipe")) {
        case "recipe" -> builder.build(packages);
        case "whole" -> builder.buildWhole(packages);
        default -> throw usage("--select wants recipe or whole");
      }
    }
  }

  private static Recipe recipe(Path file) throws IOException, RegException {
    try {
      if (Files.size(file) > RecipeReader.LARGEST) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot use the recipe " + file + ": larger than " + RecipeReader.LARGEST + " bytes");
      }
      return RecipeReader.read(file.toString(), Files.readAllBytes(file));
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
    for (String name : List.of("template.yaml", "post.json", "origins", "files", "staging")) {
      try {
        Builder.delete(out.resolve(name));
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
