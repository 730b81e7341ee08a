package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.build.Recipe.Concat;
import dev.reg.build.Recipe.Post;
import dev.reg.build.Recipe.TextFile;
import dev.reg.build.Recipe.VersionSource;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Accounts;
import dev.reg.template.Level;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RecipeReaderTest {
  private static final Path RECIPES = Path.of("src/test/resources/recipes");
  private static final Path CATALOG = Path.of("../catalog");

  @Test
  void readsEveryKey() throws Exception {
    Path file = RECIPES.resolve("good/full.yaml");

    Recipe recipe = RecipeReader.read(file.toString(), Files.readAllBytes(file));

    assertThat(recipe.name()).isEqualTo("thing");
    assertThat(((VersionSource.OfMatch) recipe.version()).name().pattern())
        .isEqualTo("thing[0-9]+");
    assertThat(recipe.packages()).containsExactly("thing", "thing-data");
    assertThat(recipe.optional()).containsExactly("thing-extra");
    assertThat(recipe.requires())
        .containsExactly(new TemplateRef("base", "1.10"), new TemplateRef("other", ""));
    assertThat(recipe.programs()).containsExactly(Glob.of("/usr/bin/thing"));
    assertThat(recipe.include())
        .containsExactly(
            new Recipe.Wanted("bins", Glob.of("/usr/bin/thing")),
            new Recipe.Wanted("data", Glob.of("/usr/share/thing/**")));
    assertThat(recipe.exclude()).containsExactly(Glob.of("/usr/share/thing/doc/**"));
    assertThat(recipe.links())
        .containsOnlyKeys("/usr/bin/thang", "/usr/bin/true", "/usr/bin/1.10")
        .containsValue("thing");
    assertThat(recipe.text())
        .containsExactly(
            new TextFile("/etc/thing.conf", "a = 1\n", 0600),
            new TextFile("/etc/other.conf", "", 0644));
    assertThat(recipe.concat())
        .containsExactly(new Concat("/etc/all", Glob.of("/usr/share/thing/*.part")));
    assertThat(recipe.directories())
        .containsExactly(
            new TemplateDirectory("/var/lib/thing"),
            new TemplateDirectory("/usr/lib/thing"),
            new TemplateDirectory("/var/lib/data", 01777));
    assertThat(recipe.level()).isEqualTo(Level.TRACE);
    assertThat(recipe.trace())
        .containsExactly(List.of("thing", "--version"), List.of("thing", "a b"));
    assertThat(recipe.waive()).containsExactlyEntriesOf(ordered("pam", "nobody logs in"));
    assertThat(recipe.execution().accounts())
        .containsExactly(new Accounts.User("thing", 901, 902, "/var/lib/thing"));
    assertThat(recipe.execution().user()).isEqualTo("thing");
    assertThat(recipe.execution().environment())
        .containsExactlyEntriesOf(ordered("LANG", "C.UTF-8", "N", "010"));
    assertThat(recipe.execution().command()).containsExactly("thing", "--yes", "yes");
    assertThat(recipe.post())
        .contains(
            new Post(
                List.of("thing", "compile"),
                ordered("SEED", "0"),
                List.of(new TextFile("/usr/share/how", "so\n", 0644)),
                "/out"));
  }

  private static SortedMap<String, String> ordered(String... pairs) {
    TreeMap<String, String> out = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      out.put(pairs[i], pairs[i + 1]);
    }
    return out;
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refuses(Path file) throws IOException {
    byte[] yaml = Files.readAllBytes(file);
    String first = new String(yaml, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
    assertThat(first).startsWith("# expects: ");

    assertThatThrownBy(() -> RecipeReader.read("bad.yaml", yaml))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("bad.yaml: ")
        .hasMessageContaining(first.substring("# expects: ".length()))
        .message()
        .doesNotContain("\n");
  }

  static List<Path> bad() throws IOException {
    try (Stream<Path> files = Files.list(RECIPES.resolve("should-fail"))) {
      return files.sorted().toList();
    }
  }

  @Test
  void refusesWhatIsNoUtf8() {
    assertThatThrownBy(() -> RecipeReader.read("bad.yaml", new byte[] {'a', (byte) 0xff}))
        .isInstanceOf(RegException.class);
  }

  @Test
  void refusesDeepNestingWithoutOverflow() {
    byte[] yaml = ("a: " + "[".repeat(200_000)).getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> RecipeReader.read("bad.yaml", yaml)).isInstanceOf(RegException.class);
  }

  @Test
  void everyRecipeOfTheCatalogIsForItsName() throws Exception {
    List<String> names = Recipes.names(CATALOG);

    assertThat(names).contains("busybox", "python");
    for (String name : names) {
      Recipes.check(Recipes.find(CATALOG, new TemplateRef(name, "")).orElseThrow());
    }
    assertThat(Recipes.find(CATALOG, new TemplateRef("pythn", "3"))).isEmpty();
    assertThat(Recipes.names(Path.of("no/such/catalog"))).isEmpty();
  }

  @Test
  void busyboxsAppletsAreLinksToIt() throws Exception {
    Path file = Recipes.find(CATALOG, new TemplateRef("busybox", "")).orElseThrow();

    Map<String, String> links =
        RecipeReader.read(file.toString(), Files.readAllBytes(file)).links();

    assertThat(links)
        .containsEntry("/usr/bin/sh", "busybox")
        .containsEntry("/usr/bin/[", "busybox")
        .containsEntry("/usr/bin/true", "busybox")
        .containsEntry("/usr/sbin/ip", "../bin/busybox");
  }
}
