package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.store.Tree;
import dev.reg.template.Closure;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever single file of a closure is deleted: it is noticed, and told by its path. */
class DeletionTest {
  /** Each object of a template with all paths that are it. */
  private static Map<ObjectId, List<String>> objects(Reg reg, String name) throws Exception {
    Map<ObjectId, List<String>> objects = new LinkedHashMap<>();
    for (Entry entry : Closure.entries(CompletenessTest.template(reg, name))) {
      if (entry instanceof Entry.File(String path, ObjectId object)) {
        objects.computeIfAbsent(object, key -> new ArrayList<>()).add(path);
      }
    }
    return objects;
  }

  /** One after another, each put back before the next is taken away; python has 1,800. */
  @ParameterizedTest
  @ValueSource(strings = {"python", "nginx"})
  void noEnvironmentIsMadeWithoutAnObject(String name) throws Exception {
    try (Reg reg = Fixture.own(name)) {
      Layout layout = Layout.at(reg.root);
      ObjectStore store = ObjectStore.open(layout);
      EnvironmentStore environments = EnvironmentStore.open(layout, store);
      Tree tree = Tree.of(Closure.entries(CompletenessTest.template(reg, name)));
      Path aside = reg.root.resolve("aside");
      for (Map.Entry<ObjectId, List<String>> object : objects(reg, name).entrySet()) {
        Path file = store.path(object.getKey());
        Files.move(file, aside);
        assertThatThrownBy(() -> environments.make(tree.digest(), () -> tree))
            .isInstanceOfSatisfying(
                RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
            .hasMessageContaining("the object " + file + " is missing")
            .message()
            .containsAnyOf(object.getValue().toArray(new String[0]));
        assertThat(store.problems(object.getKey())).containsExactly(file + " is missing");
        Files.move(aside, file);
      }
      assertThat(layout.environments()).isEmptyDirectory();
      environments.make(tree.digest(), () -> tree);
      assertThat(environments.problems(tree.digest())).isEmpty();
    }
  }

  @Test
  void noContainerIsGeneratedWithoutAnObject() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      ObjectStore store = ObjectStore.open(Layout.at(reg.root));
      Path aside = reg.root.resolve("aside");
      for (Map.Entry<ObjectId, List<String>> object : objects(reg, "nginx").entrySet()) {
        Path file = store.path(object.getKey());
        Files.move(file, aside);
        Reg.Result refused = reg.run("generate", "-t", "nginx", "--no-project");
        assertThat(refused.code()).as("%s", object).isEqualTo(125);
        assertThat(refused.err())
            .startsWith("reg: cannot make ")
            .containsAnyOf(object.getValue().toArray(new String[0]))
            .contains(" in an environment: the object " + file + " is missing; ");
        Files.move(aside, file);
      }
      assertThat(reg.run("ps", "-aq").succeeded().out()).isEmpty();
      assertThat(reg.root.resolve("environments")).isEmptyDirectory();
      reg.run("generate", "-t", "nginx", "--no-project").succeeded();
    }
  }

  @Test
  void verifyNamesTheOneFileThatIsGone() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      ObjectStore store = ObjectStore.open(Layout.at(reg.root));
      Path aside = reg.root.resolve("aside");
      for (Map.Entry<ObjectId, List<String>> object : objects(reg, "nginx").entrySet()) {
        Path file = store.path(object.getKey());
        Files.move(file, aside);
        Reg.Result result = reg.run("template", "verify", "nginx");
        assertThat(result.code()).isEqualTo(1);
        List<String> told = result.lines();
        assertThat(told.getFirst()).matches("nginx@.*: damaged");
        assertThat(told.subList(1, told.size()))
            .containsExactlyInAnyOrderElementsOf(
                object.getValue().stream()
                    .map(path -> "  " + path + ": " + file + " is missing")
                    .toList());
        Files.move(aside, file);
      }
      reg.run("template", "verify", "nginx").succeeded();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "nginx"})
  void verifyNamesEveryPathWhoseObjectIsGone(String name) throws Exception {
    try (Reg reg = Fixture.own(name)) {
      ObjectStore store = ObjectStore.open(Layout.at(reg.root));
      TreeMap<String, String> expected = new TreeMap<>();
      for (Map.Entry<ObjectId, List<String>> object : objects(reg, name).entrySet()) {
        Path file = store.path(object.getKey());
        Files.delete(file);
        object.getValue().forEach(path -> expected.put(path, file.toString()));
      }
      Reg.Result result = reg.run("template", "verify", name);
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.lines().stream().skip(1))
          .containsExactlyInAnyOrderElementsOf(
              expected.entrySet().stream()
                  .map(each -> "  " + each.getKey() + ": " + each.getValue() + " is missing")
                  .toList());
    }
  }

  @Test
  void verifyNamesWhatATemplateThatIsRequiredLacks() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      Path file = reg.project().resolve("upper.yaml");
      Files.writeString(file, "name: upper\nversion: 1\nlevel: static\nrequires: [nginx]\n");
      reg.run("template", "build", file.toString()).succeeded();
      ObjectStore store = ObjectStore.open(Layout.at(reg.root));
      Map.Entry<ObjectId, List<String>> first = objects(reg, "nginx").entrySet().iterator().next();
      Files.delete(store.path(first.getKey()));
      Reg.Result result = reg.run("template", "verify", "upper");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.lines().get(1))
          .startsWith("  " + first.getValue().getFirst() + " (of nginx@")
          .endsWith(" is missing");
    }
  }

  /**
   * The files and links of an environment's two trees, by the path that a container has them at.
   */
  private static SortedMap<String, Path> paths(Reg reg, String name) throws Exception {
    Path environment;
    try (var all = Files.list(reg.root.resolve("environments"))) {
      environment = all.findFirst().orElseThrow();
    }
    TreeMap<String, Path> paths = new TreeMap<>();
    for (Entry entry : Closure.entries(CompletenessTest.template(reg, name))) {
      boolean usr = entry.path().startsWith("/usr/");
      Path tree = usr ? environment : environment.resolve("root");
      if (!(entry instanceof Entry.Directory)) {
        paths.put(entry.path(), tree.resolve(entry.path().substring(1)));
      }
    }
    assertThat(paths.values()).allMatch(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    return paths;
  }

  @Test
  void theOneFileThatIsGoneFromAnEnvironmentIsNamed() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      reg.run("generate", "--name", "c", "-t", "nginx", "--no-project").succeeded();
      reg.run("inspect", "--verify", "c").succeeded();
      Path aside = reg.root.resolve("aside");
      for (Map.Entry<String, Path> path : paths(reg, "nginx").entrySet()) {
        Files.move(path.getValue(), aside);
        Reg.Result result = reg.run("inspect", "--verify", "c");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.lines().subList(1, result.lines().size()))
            .containsExactly("  \"" + path.getKey() + "\" is missing");
        Files.move(aside, path.getValue());
      }
      reg.run("inspect", "--verify", "c").succeeded();
    }
  }

  /** Whoever looks: at the container, before and while it runs, at its template, or at all. */
  @ParameterizedTest
  @ValueSource(strings = {"python", "nginx"})
  void everyPathThatIsGoneFromAnEnvironmentIsNamed(String name) throws Exception {
    try (Reg reg = Fixture.own(name)) {
      // Of busybox as well: an environment that is of no template alone.
      reg.run("generate", "--name", "c", "-t", name, "-t", "busybox", "--no-project").succeeded();
      reg.run("run", "-d", "--name", "d", "-t", name, "-t", "busybox", "--", "sleep", "1000")
          .succeeded();
      SortedMap<String, Path> paths = paths(reg, name);
      List<String> expected = new ArrayList<>();
      for (Map.Entry<String, Path> path : paths.entrySet()) {
        Files.delete(path.getValue());
        expected.add("  \"" + path.getKey() + "\" is missing");
      }
      for (String container : List.of("c", "d")) {
        Reg.Result result = reg.run("inspect", "--verify", container);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.lines().stream().skip(1)).containsAll(expected);
      }
      reg.run("template", "verify", name).succeeded();
      Reg.Result all = reg.run("template", "verify");
      assertThat(all.code()).isEqualTo(1);
      assertThat(all.lines())
          .containsAll(expected)
          .anyMatch(line -> line.matches("environment [0-9a-f]{12}: damaged"));
      // Nobody holds it any more: it goes, and the next one is whole.
      reg.run("remove", "-f", "c", "d").succeeded();
      reg.run("prune", "-f").succeeded();
      reg.run("generate", "--name", "c", "-t", name, "-t", "busybox", "--no-project").succeeded();
      reg.run("inspect", "--verify", "c").succeeded();
      reg.run("template", "verify").succeeded();
    }
  }
}
