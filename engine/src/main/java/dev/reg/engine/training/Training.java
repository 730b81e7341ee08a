package dev.reg.engine.training;

import dev.reg.build.Rehearsal;
import dev.reg.engine.daemon.Daemon;
import dev.reg.engine.daemon.Options;
import dev.reg.engine.daemon.ServiceFactory;
import dev.reg.linux.Errno;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Builds a template, starts an engine, has it do each of its commands, stops it, and leaves
 * nothing. Without root the runs fail where they would mount, which is far enough.
 */
public final class Training {
  private static final System.Logger LOG = System.getLogger("training");

  /** Milliseconds until the engine listens. */
  private static final long START_TIMEOUT = 60_000;

  /** Rounds of runs: what a start does should be in the profile. */
  private static final int RUNS = 20;

  private static final String TEMPLATE =
      """
      name: rehearsal
      version: 1.0
      files:
        program: {path: /usr/bin/program, mode: "0755"}
      links: {/usr/bin/true: program}
      environment: {LANG: C.UTF-8}
      command: [program]
      """;

  private static final String[][] QUESTIONS = {
    {"version"},
    {"version", "--format", "json"},
    {"info"},
    {"info", "--format", "json"},
    {"ps"},
    {"ps", "-a", "--format", "json"},
    {"ps", "-aq"},
    {"template", "ls"},
    {"template", "ls", "--format", "json"},
    {"template", "show", "rehearsal"},
    {"--help"},
    {"run", "--help"},
    {"inspect", "nobody"},
    {"logs", "nobody"},
    {"stop", "nobody"},
    {"kill", "-s", "TERM", "nobody"},
    {"wait", "nobody"},
    {"remove", "-f", "nobody"},
    {"start", "nobody"},
    {"run", "--no-such-option"},
    {"run", "-t", "rehearsel@1", "--", "true"},
    {"engine", "status"},
  };

  private Training() {}

  /**
   * Rehearses with the service the engine has.
   *
   * @param install the installation, for its catalog
   * @return the process's exit status
   */
  public static int run(Path install, ServiceFactory factory) throws Exception {
    Path place = Files.createTempDirectory("reg-training");
    try {
      Path program = install.resolve("bin/reg");
      Rehearsal.run(Files.createDirectory(place.resolve("build")), program, System.err);
      return rehearse(place, install, factory);
    } finally {
      delete(place);
    }
  }

  private static int rehearse(Path place, Path install, ServiceFactory factory) throws Exception {
    Layout layout = new Layout(place.resolve("root"), place.resolve("root/run"));
    layout.create();
    Path project = Files.createDirectory(place.resolve("project"));
    Files.writeString(project.resolve("template.yaml"), TEMPLATE);
    Files.writeString(project.resolve("program"), "#!/usr/bin/program\n");
    try (StandInLauncher _ = new StandInLauncher(layout.launcherSocket())) {
      List<Integer> ended = new ArrayList<>();
      Options options = new Options(layout, install, true);
      Thread engine =
          Thread.ofPlatform()
              .name("engine")
              .daemon() // a failure of the rehearsal ends the process
              .start(() -> ended.add(Daemon.runUnattended(options, factory)));
      awaitSocket(layout.socket(), engine);
      StandInClient client = new StandInClient(layout.socket(), project);
      commands(client);
      say("engine stop", client.run("engine", "stop"));
      engine.join();
      return ended.getFirst();
    }
  }

  private static void commands(StandInClient client) throws IOException {
    say("template build", client.run("template", "build", "./template.yaml"));
    say("template build", client.run("template", "build", "--from-host", "/bin/sh"));
    for (int i = 0; i < RUNS; i++) {
      int code =
          client.run("run", "--rm", "-t", "rehearsal@1", "-e", "A=b", "-c", "program --flag 'x y'");
      say("run", code);
    }
    String name = "kept";
    say("run -d", client.run("run", "-d", "--name", name, "-t", "rehearsal", "--", "program"));
    for (String verb : List.of("wait", "logs", "inspect", "stop", "start", "remove")) {
      say(verb, client.run(verb, name));
    }
    for (String[] question : QUESTIONS) {
      say(String.join(" ", question), client.run(question));
    }
  }

  private static void awaitSocket(Path socket, Thread engine)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_TIMEOUT * 1_000_000;
    while (!answers(socket)) {
      if (!engine.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the engine did not start");
      }
      Thread.sleep(5);
    }
  }

  /** The socket is there a moment before anybody listens at it. */
  private static boolean answers(Path socket) throws IOException {
    try {
      Sockets.connect(socket).close();
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED) {
        return false;
      }
      throw e;
    }
  }

  private static void say(String what, int code) {
    LOG.log(System.Logger.Level.INFO, what + ": " + code);
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
