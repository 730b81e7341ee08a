package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two users who are not root, members of the engine's group, and one who is none. */
class CallersTest {
  private static final int ONE = 4242;
  private static final int TWO = 4244;
  private static final int GROUP = 4243;

  private static Users users;
  private static Reg root;
  private static Reg one;
  private static Reg two;

  @BeforeAll
  static void start() throws IOException {
    root = Fixture.own();
    users = Users.of(root, GROUP);
    root.run("ps").succeeded(); // only root brings an engine up
    one = users.as(ONE);
    two = users.as(TWO);
  }

  @AfterAll
  static void stop() {
    if (root != null) {
      root.close();
    }
  }

  private static Reg.Result sh(Reg user, String script) {
    return user.run("run", "--rm", "-t", "busybox", "--", "sh", "-c", script);
  }

  private static void assertRefused(Reg.Result result, String why) {
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).startsWith("reg: ").contains(why);
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void aUserRunsAsThemselvesWithoutAnyRight() {
    Reg.Result result =
        sh(one, "id -u; id -g; grep -E '^(Cap|NoNewPrivs|Groups)' /proc/self/status");
    assertThat(result.succeeded().lines())
        .containsExactly(
            "4242",
            "4242",
            "Groups:\t4243 ",
            "CapInh:\t0000000000000000",
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "CapBnd:\t0000000000000000",
            "CapAmb:\t0000000000000000",
            "NoNewPrivs:\t1");
  }

  @Test
  void aUserHasAnAccountAHomeAndTemporaryPlaces() {
    String script =
        "id -un; cd ~; pwd; touch x /tmp/x /var/tmp/x && stat -c %u:%a . x; touch /x /etc/x /usr/x";
    assertThat(sh(one, script).lines())
        .containsExactly("user", "/home/user", "4242:700", "4242:644");
  }

  @Test
  void whatAUserMakesInTheProjectIsTheirs() throws Exception {
    sh(one, "touch file; mkdir made").succeeded();
    for (String name : List.of("file", "made")) {
      assertThat(Files.getAttribute(one.project().resolve(name), "unix:uid")).isEqualTo(ONE);
      assertThat(Files.getAttribute(one.project().resolve(name), "unix:gid")).isEqualTo(ONE);
    }
  }

  @Test
  void aCopyOfTheProjectIsTheirsToo() throws Exception {
    Path project = users.project(ONE);
    Files.writeString(project.resolve("roots"), "text"); // root's, and readable
    String script = "stat -c %u . roots && echo more >> roots && cat roots";
    Reg.Result result =
        one.in(project)
            .run("run", "--rm", "--project-mode", "copy", "-tbusybox", "--", "sh", "-c", script);
    assertThat(result.succeeded().lines()).containsExactly("4242", "4242", "textmore");
    assertThat(project.resolve("roots")).hasContent("text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "root", "0:0", "4244", "4242:0", "4242:4244", "www-data"})
  void aUserNamesNobodyElse(String user) {
    assertRefused(
        one.run("run", "--rm", "-t", "busybox", "-u", user, "--", "true"),
        "only root names another user");
  }

  @ParameterizedTest
  @ValueSource(strings = {"4242", "user", "4242:4242", "4242:4243"})
  void aUserMayNameThemselves(String user) {
    Reg.Result result = one.run("run", "--rm", "-t", "busybox", "-u", user, "--", "id", "-u");
    assertThat(result.succeeded().out()).isEqualTo("4242\n");
  }

  @Test
  void setuidProgramsGiveNothing() throws Exception {
    Path place = users.project(ONE);
    root.in(place)
        .run("run", "--rm", "-t", "busybox", "--", "sh", "-c", "cp /bin/busybox id; chmod 6755 id")
        .succeeded();
    assertThat(Files.getAttribute(place.resolve("id"), "unix:uid")).isEqualTo(0);
    Reg.Result result = one.in(place).run("run", "--rm", "-t", "busybox", "--", "./id", "-u");
    assertThat(result.succeeded().out()).isEqualTo("4242\n");
  }

  /** Words that a command wants beside a container's name; the others want none. */
  private static final Map<String, List<String>> MORE =
      Map.of(
          "exec", List.of("NAME", "--", "true"),
          "cp", List.of("NAME:/etc/passwd", "copied"),
          "rename", List.of("NAME", "another"),
          "remove", List.of("-f", "NAME"),
          "rm", List.of("-f", "NAME"),
          "inspect", List.of("--verify", "NAME"),
          "stop", List.of("-t", "0", "NAME"),
          "restart", List.of("-t", "0", "NAME"));

  private static final List<String> NOT_ABOUT_A_CONTAINER =
      List.of(
          "run",
          "generate",
          "create",
          "trace",
          "ps",
          "template",
          "info",
          "version",
          "engine",
          "init",
          "doctor",
          "prune",
          "completion",
          "outdated");

  /** Every command that the help names, whichever there are by now, and some once more. */
  private static List<List<String>> commandsOnContainers() {
    List<List<String>> commands =
        new ArrayList<>(
            List.of(
                List.of("start", "-a", "NAME"),
                List.of("exec", "-d", "NAME", "--", "true"),
                List.of("logs", "-f", "--since", "1h", "NAME"),
                List.of("top", "NAME", "-o", "pid")));
    for (String line : root.run("--help").lines()) {
      if (line.matches("  [a-z]+(, [a-z]+)* {2,}[A-Z].*")) {
        for (String name : line.strip().split(" {2,}", -1)[0].split(", ", -1)) {
          if (!NOT_ABOUT_A_CONTAINER.contains(name)) {
            List<String> command = new ArrayList<>(List.of(name));
            command.addAll(MORE.getOrDefault(name, List.of("NAME")));
            commands.add(command);
          }
        }
      }
    }
    return commands;
  }

  @Test
  void anothersContainerDoesNotExist() {
    String id =
        one.run("run", "-d", "--name", "web", "-t", "busybox", "--", "sleep", "1000")
            .succeeded()
            .out()
            .strip();
    List<List<String>> commands = commandsOnContainers();
    assertThat(commands).hasSizeGreaterThan(7);
    for (List<String> command : commands) {
      // Said of what is another's exactly as of what is nobody's.
      Reg.Result nobodys = two.run(words(command, "nobodys"));
      assertThat(nobodys.err()).as(command.toString()).contains("nobodys").contains("no container");
      for (String reference : List.of("web", id, id.substring(0, 12), id.substring(0, 1))) {
        Reg.Result others = two.run(words(command, reference));
        assertThat(others.code()).as(command + " " + reference).isEqualTo(nobodys.code());
        assertThat(others.out()).isEqualTo(nobodys.out());
        assertThat(others.err()).isEqualTo(nobodys.err().replace("nobodys", reference));
      }
    }
    assertThat(two.run("ps", "-aq").out()).isEmpty();
    assertThat(two.run("ps", "-q", "-l", "-f", "name=web").out()).isEmpty();
    assertThat(one.run("ps").out()).doesNotContain("USER");
    assertThat(root.run("ps").out()).containsPattern("USER +NAME").containsPattern("4242 +web\n");
    assertThat(two.info().get("containers").get("total").asInt()).isZero();
    assertThat(one.state("web")).isEqualTo("Running");
    // The name is free for whoever does not see it, and then each means their own.
    two.run("generate", "--name", "web", "-t", "busybox", "--", "true").succeeded();
    assertThat(two.state("web")).isEqualTo("Generated");
    assertThat(one.state("web")).isEqualTo("Running");
    assertRefused(root.run("inspect", "web"), "several users have a container named 'web'");
    assertThat(root.state(id)).isEqualTo("Running");
    two.run("remove", "web").succeeded();
    assertThat(root.state("web")).isEqualTo("Running");
    one.run("remove", "-f", "web").succeeded();
  }

  private static String[] words(List<String> command, String name) {
    return command.stream().map(word -> word.replace("NAME", name)).toArray(String[]::new);
  }

  @Test
  void whatAllShareIsRoots() throws Exception {
    int engine = root.enginePid();
    Path file = users.project(ONE).resolve("template.yaml");
    Files.writeString(file, "name: own\nversion: 1\n");
    one.run("generate", "--name", "kept", "-t", "busybox", "--", "true").succeeded();
    for (List<String> command :
        List.of(
            List.of("template", "remove", "busybox"),
            List.of("template", "build", file.toString()),
            List.of("template", "build", "--from-deb", "--name", "busybox", "curl"),
            List.of("template", "build", "--from-host", "/usr/bin/env"),
            List.of("template", "import", file.toString()),
            List.of("prune", "--dry-run"),
            List.of("remove", "--purge", "kept"),
            List.of("engine", "stop"))) {
      assertRefused(one.run(command.toArray(String[]::new)), "only root may ");
    }
    assertThat(root.enginePid()).isEqualTo(engine);
    one.run("template", "show", "busybox").succeeded();
    one.run("template", "build", "busybox").succeeded();
    one.run("remove", "kept").succeeded();
  }

  @Test
  void oneWhoIsInNoGroupIsToldSo() {
    Reg stranger =
        one.by(users.client, "setpriv", "--reuid", "4245", "--regid", "4245", "--clear-groups");
    assertRefused(stranger.run("ps"), "only root and its socket's group may");
  }

  @Test
  void nothingOfTheEnginesIsInReach() throws IOException {
    Path run = root.root.resolve("run");
    for (Path door : List.of(root.root, run)) {
      assertThat(mode(door)).as(door.toString()).isEqualTo("rwx--x---");
      try (var files = Files.list(door)) {
        for (Path file : files.filter(Files::isDirectory).toList()) {
          assertThat(mode(file))
              .as(file.toString())
              .isEqualTo(file.equals(run) ? mode(run) : "rwx------");
        }
      }
    }
    for (String name : List.of("engine.log", "start.lock", "launcher.log", "launcher.lock")) {
      assertThat(mode(run.resolve(name))).as(name).isEqualTo("rw-------");
    }
    assertThat(mode(run.resolve("reg.sock"))).isEqualTo("rw-rw----");
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aUserHasNoMoreContainersThanTheirBound() {
    List<String> made = new ArrayList<>();
    Reg.Result last = generate();
    while (last.code() == 0 && made.size() < Users.BOUND) {
      made.add(last.out().strip());
      last = generate();
    }
    assertThat(made).hasSize(Users.BOUND);
    assertRefused(last, "one user gets no more than " + Users.BOUND);
    root.run("run", "--rm", "-t", "busybox", "--", "true").succeeded();
    one.run("run", "--rm", "-t", "busybox", "--", "true").succeeded();
    for (String id : made) {
      two.run("remove", id).succeeded();
    }
    two.run("run", "--rm", "-t", "busybox", "--", "true").succeeded();
  }

  private static Reg.Result generate() {
    return two.run("generate", "-t", "busybox", "--", "true");
  }
}
