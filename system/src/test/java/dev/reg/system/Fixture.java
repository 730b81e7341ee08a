package dev.reg.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.template.Closure;
import dev.reg.template.TemplateReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The repository that the tests share: busybox and python are built once, from Debian packages,
 * below one root. Tests that kill engines get a root of their own with a copy of it.
 */
final class Fixture {
  private static final List<String> TEMPLATES = List.of("objects", "templates");

  private static @Nullable Reg shared;
  private static @Nullable Path area;

  /** Roots of engines that tests have to themselves. */
  private static final Set<Path> OWN = new HashSet<>();

  /** Objects and templates of busybox and python, and nothing that was built later. */
  private static @Nullable Path seed;

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
      seed = Path.of(made);
      Files.createDirectories(reg.root);
      copy(Path.of(made), reg.root, TEMPLATES);
    } else {
      reg.run("template", "build", "busybox").succeeded();
      reg.run("template", "build", "python").succeeded();
      seed = Files.createDirectory(area().resolve("seed"));
      copy(reg.root, area().resolve("seed"), TEMPLATES);
    }
    return reg;
  }

  /** An engine's root, as far as busybox and python are concerned, that no engine uses. */
  static synchronized Path seed() throws IOException {
    shared();
    return Objects.requireNonNull(seed);
  }

  /** The shared engine with one more template of the catalog, built by the first who asks. */
  static synchronized Reg shared(String template) throws IOException {
    Reg reg = shared();
    if (reg.run("template", "show", template).code() != 0) {
      reg.run("template", "build", template).succeeded();
    }
    return reg;
  }

  /**
   * An engine of the test's own, with copies of busybox and python in its repository.
   *
   * @param more templates of the catalog that it has, too, none of which requires others
   */
  static Reg own(String... more) throws IOException {
    Path root = root("own-");
    copy(seed(), root, TEMPLATES);
    for (String template : more) {
      copyTemplate(shared(template).root, root, template);
    }
    return new Reg(root, project());
  }

  /** An engine of the test's own that has busybox alone: made sooner, where that counts. */
  static Reg small() throws IOException {
    Path root = root("small-");
    Layout.at(root).create();
    copyTemplate(seed(), root, "busybox");
    return new Reg(root, project());
  }

  /** A template with the objects that it names. */
  static void copyTemplate(Path from, Path to, String name) throws IOException {
    Path folder = Path.of("templates").resolve(name);
    execute("cp", "-a", from.resolve(folder).toString(), to.resolve("templates").toString());
    ObjectStore target = ObjectStore.open(Layout.at(to));
    Path file;
    try (var versions = Files.list(to.resolve(folder))) {
      file = versions.findFirst().orElseThrow().resolve("template.yaml");
    }
    for (Entry entry : entries(name, file)) {
      if (entry instanceof Entry.File(String path, ObjectId object)) {
        Path copy = target.path(object);
        if (!Files.exists(copy)) {
          Files.createDirectories(copy.getParent());
          // Every root has its objects at the same places below it; that one may be read-only.
          Path source = from.resolve(to.relativize(copy));
          Files.copy(source, copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static List<Entry> entries(String name, Path file) throws IOException {
    try {
      return Closure.entries(TemplateReader.read(name, Files.readAllBytes(file)));
    } catch (RegException e) {
      throw new AssertionError(e);
    }
  }

  /** An engine with nothing in its repository; packages downloaded before are at hand. */
  static Reg empty() throws IOException {
    assumeRoot();
    return new Reg(root("empty-"), project());
  }

  private static synchronized Path root(String prefix) throws IOException {
    Path root = Files.createTempDirectory(area(), prefix);
    OWN.add(root);
    return root;
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
    Path root = root("recipes-");
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

  /**
   * What an engine of a test's own had goes with it, so that the run's end has little to remove.
   */
  static synchronized void closed(Reg reg) {
    if (OWN.contains(reg.root)) {
      try {
        execute("rm", "-rf", reg.root.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
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
