package dev.reg.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A whole engine of its own below a temporary root, spoken to through the installed client as a
 * user would.
 */
final class Reg implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_SECONDS = 300;

  final Path root;
  private final Path install;
  private final Path directory;

  /** What the client is started by. */
  private final List<String> starter;

  /**
   * @param root everything of this engine, runtime state included
   * @param directory where commands run: the project
   */
  Reg(Path root, Path directory) {
    this(root, directory, installation());
  }

  /** With another installation than the one under test: a copy of it. */
  Reg(Path root, Path directory, Path install) {
    this(root, directory, install, List.of());
  }

  private Reg(Path root, Path directory, Path install, List<String> starter) {
    this.root = root;
    this.directory = directory;
    this.install = install;
    this.starter = List.copyOf(starter);
  }

  /** The installation under test, made by the build before the tests run. */
  static Path installation() {
    return Path.of(Objects.requireNonNull(System.getProperty("reg.install"), "-Dreg.install"));
  }

  /** What a finished command left behind. */
  record Result(int code, String out, String err) {
    Result succeeded() {
      if (code != 0) {
        throw new AssertionError("exit code " + code + "\nstdout: " + out + "\nstderr: " + err);
      }
      return this;
    }

    List<String> lines() {
      return out.lines().toList();
    }
  }

  Path project() {
    return directory;
  }

  /** The same engine, with another directory as the project. */
  Reg in(Path project) {
    return new Reg(root, project, install, starter);
  }

  /**
   * The same engine, spoken to by a client that another program starts.
   *
   * @param client a folder with bin/reg that everybody may enter
   */
  Reg by(Path client, String... program) {
    return new Reg(root, directory, client, List.of(program));
  }

  Result run(String... arguments) {
    return finish(start(arguments));
  }

  /** Runs with this on standard input. */
  Result runWithInput(String input, String... arguments) {
    Process process = start(arguments);
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return finish(process);
  }

  /** Starts a command and leaves it running. */
  Process start(String... arguments) {
    return start(Map.of(), arguments);
  }

  Process start(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(starter);
    command.add(install.resolve("bin/reg").toString());
    command.addAll(Arrays.asList(arguments));
    try {
      ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().remove("REG_HOST");
      builder.environment().put("REG_ROOT", root.toString());
      builder.environment().putAll(environment);
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Result finish(Process process) {
    return finish(process, PATIENCE_SECONDS);
  }

  static Result finish(Process process, long patienceSeconds) {
    CompletableFuture<String> out =
        CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
    CompletableFuture<String> err =
        CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
    try {
      if (!process.waitFor(patienceSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        // A container that goes on has the streams, too: they may never end.
        throw new AssertionError(
            "no end after " + patienceSeconds + " s\nstderr: " + err.getNow("not ended"));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return new Result(process.exitValue(), out.join(), err.join());
  }

  private static String text(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode inspect(String container) {
    return JSON.readTree(run("inspect", "--format", "json", container).succeeded().out());
  }

  JsonNode info() {
    return JSON.readTree(run("info", "--format", "json").succeeded().out());
  }

  String state(String container) {
    return inspect(container).get("state").asString();
  }

  int pid(String container) {
    return inspect(container).get("pid").asInt();
  }

  int enginePid() {
    return info().get("engine").get("pid").asInt();
  }

  /** Pid of this engine's launcher, found by its runtime directory among the processes. */
  int launcherPid() {
    String runtime = root.resolve("run").toString();
    return Processes.commandLines().entrySet().stream()
        .filter(e -> e.getValue().contains("reg-launcher") && e.getValue().contains(runtime))
        .mapToInt(Map.Entry::getKey)
        .min()
        .orElseThrow(() -> new AssertionError("no launcher for " + runtime));
  }

  /** Waits until a container is in this state, or fails. */
  void awaitState(String container, String state) {
    Await.until(() -> state(container).equals(state), () -> container + " is " + state(container));
  }

  Map<String, Long> objects() throws IOException {
    Map<String, Long> sizes = new HashMap<>();
    try (var files = Files.walk(root.resolve("objects"))) {
      files
          .filter(Files::isRegularFile)
          .forEach(f -> sizes.put(f.getFileName().toString(), f.toFile().length()));
    }
    return sizes;
  }

  /**
   * As {@link #end}, and removes its root unless it is the shared one's; a second call does no
   * harm.
   */
  @Override
  public void close() {
    end();
    Fixture.closed(this);
  }

  /** Removes every container and stops the engine; what is on the disk stays. */
  void end() {
    List<String> ids = run("ps", "-a", "-q").lines();
    if (!ids.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("remove", "-f"));
      command.addAll(ids);
      run(command.toArray(String[]::new)).succeeded();
    }
    run("engine", "stop").succeeded();
  }
}
