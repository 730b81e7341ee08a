package dev.reg.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The repository that the tests share: busybox and python are built once, from Debian packages,
 * below one root. Tests that kill engines get a root of their own with a copy of it.
 */
final class Fixture {
  private static @Nullable Reg shared;
  private static @Nullable Path area;

  private Fixture() {}

  /** The reason a test can't run here is said; on a machine for these tests none applies. */
  static void assumeRoot() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "containers need root; run the tests as root");
  }

  /** A temporary directory of the whole run, removed at its end. */
  static synchronized Path area() throws IOException {
    Path known = area;
    if (known != null) {
      return known;
    }
    Host.remember();
    Path made = Files.createTempDirectory("reg-system-");
    area = made;
    Runtime.getRuntime().addShutdownHook(new Thread(() -> cleanUp(made)));
    return made;
  }

  /** The shared engine, with busybox and python in its repository. */
  static synchronized Reg shared() throws IOException {
    assumeRoot();
    Reg known = shared;
    if (known != null) {
      return known;
    }
    Reg reg = new Reg(area().resolve("shared"), project());
    shared = reg;
    String made = System.getProperty("reg.templates");
    if (made != null) {
      Files.createDirectories(reg.root);
      copy(Path.of(made), reg.root, List.of("objects", "templates"));
      return reg;
    }
    reg.run("template", "build", "busybox").succeeded();
    reg.run("template", "build", "python").succeeded();
    return reg;
  }

  /** The shared engine with one more template of the catalog, built by the first who asks. */
  static synchronized Reg shared(String template) throws IOException {
    Reg reg = shared();
    if (reg.run("template", "show", template).code() != 0) {
      reg.run("template", "build", template).succeeded();
    }
    return reg;
  }

  /** An engine of the test's own whose repository holds a copy of the shared one's templates. */
  static Reg own() throws IOException {
    Reg from = shared();
    Path root = Files.createTempDirectory(area(), "own-");
    copy(from.root, root, List.of("objects", "templates"));
    return new Reg(root, project());
  }

  /** An engine with nothing in its repository; packages downloaded before are at hand. */
  static Reg empty() throws IOException {
    assumeRoot();
    return new Reg(Files.createTempDirectory(area(), "empty-"), project());
  }

  static Path project() throws IOException {
    return Files.createTempDirectory(area(), "project-");
  }

  /**
   * An engine with nothing in its repository, of a copy of the installation that has more recipes.
   * Packages that the shared engine has downloaded are at hand.
   *
   * @param recipes what their files have, by name
   */
  static Reg withRecipes(Map<String, String> recipes) throws IOException {
    Reg from = shared();
    Path install = Files.createTempDirectory(area(), "another place ").resolve("reg");
    execute("cp", "-a", Reg.installation().toString(), install.toString());
    for (Map.Entry<String, String> recipe : recipes.entrySet()) {
      Files.writeString(
          install.resolve("catalog").resolve(recipe.getKey() + ".yaml"),
          "name: " + recipe.getKey() + "\n" + recipe.getValue());
    }
    Path root = Files.createTempDirectory(area(), "recipes-");
    copy(from.root, root, List.of("cache"));
    return new Reg(root, project(), install);
  }

  private static void copy(Path from, Path to, List<String> folders) throws IOException {
    for (String folder : folders) {
      execute("cp", "-a", from.resolve(folder).toString(), to.toString());
    }
  }

  static void execute(String... command) throws IOException {
    Reg.finish(new ProcessBuilder(command).start()).succeeded();
  }

  private static void cleanUp(Path area) {
    try {
      Reg reg = shared;
      if (reg != null) {
        reg.close();
      }
      List<String> left = Host.leftovers(area);
      if (!left.isEmpty()) {
        System.err.println("left behind: " + left);
      }
      execute("rm", "-rf", area.toString());
    } catch (IOException e) {
      System.err.println("cleaning up " + area + ": " + e);
    }
  }
}
