package dev.reg.engine.building;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.DirectorySources;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpdateSourcesTest {
  @TempDir Path directory;
  private Path catalog;
  private TemplateRepository repository;
  private Templates templates;
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    Layout layout = Layout.at(directory.resolve("root"));
    layout.create();
    ObjectStore objects = ObjectStore.open(layout);
    repository = TemplateRepository.open(layout, objects);
    catalog = Files.createDirectory(directory.resolve("catalog"));
    Completeness completeness = new Completeness(objects, LoaderListing.none(), TracedRuns.none());
    Builds builds =
        new Builds(
            layout,
            repository,
            objects,
            catalog,
            new Builders(layout.aptCache(), new Configuration(null, null), BuilderMemory.none()),
            PostStep.none(),
            completeness,
            new Unifier(repository, objects, completeness),
            template -> List.of());
    templates = new Templates(repository, catalog, builds);
  }

  private static Template template(String name) throws Exception {
    return TemplateReader.read("t.yaml", ("name: " + name + "\nversion: 1\n").getBytes(UTF_8));
  }

  private void made(String name, @Nullable BuiltFrom from) throws Exception {
    Provenance provenance =
        from == null ? null : new Provenance(from, null, List.of(), Collections.emptySortedMap());
    repository.add(template(name), provenance, new DirectorySources(directory), false, note -> {});
  }

  private void writtenByHand(String name) throws Exception {
    templates.add(
        template(name),
        "/home/" + name + ".yaml",
        new DirectorySources(directory),
        new ScriptedBuilder.Watcher(),
        id -> List.of());
  }

  private BuildSource recipe(String name) throws Exception {
    return new BuildSource.Recipe(Files.writeString(catalog.resolve(name + ".yaml"), "name: x\n"));
  }

  private List<BuildSource> sources(String... names) throws Exception {
    return new UpdateSources(repository, catalog, templates).of(List.of(names), notes::add);
  }

  @Test
  void whatAPersonWroteIsNotReplacedByARecipeOfItsName() throws Exception {
    BuildSource a = recipe("a");
    recipe("own");
    made("a", new BuiltFrom.Recipe("a"));
    writtenByHand("own");
    assertThat(repository.provenance(repository.versions("own").getFirst()))
        .map(Provenance::source)
        .contains(new BuiltFrom.File("/home/own.yaml"));
    assertThat(sources()).containsExactly(a);
    assertThat(notes).isEmpty();
    assertThatThrownBy(() -> sources("own"))
        .isInstanceOf(RegException.class)
        .hasMessageContaining(
            "cannot update own@1: it was made of neither packages nor a recipe of the catalog");
  }

  /** Also when the catalog comes to have one of its name, which is another. */
  @Test
  void aRecipeOfOnesOwnIsBuiltAsItWas() throws Exception {
    made("mine", new BuiltFrom.OwnRecipe("mine", "name: mine\n"));
    OwnRecipe mine = new OwnRecipe("mine", "mine.yaml", "name: mine\n");
    assertThat(sources()).containsExactly(mine);
    assertThat(notes).isEmpty();
    recipe("mine");
    assertThat(sources()).containsExactly(mine);
    assertThat(notes)
        .containsExactly(
            "mine@1: is what a recipe of its own makes; the catalog's of this name is another: 'reg"
                + " template build mine' has that");
    assertThat(sources("mine")).containsExactly(mine);
  }

  @Test
  void whatTheCatalogHasNoMoreStaysAndIsTold() throws Exception {
    made("gone", new BuiltFrom.Recipe("gone"));
    assertThat(sources()).isEmpty();
    assertThat(notes).containsExactly("gone@1: stays, the catalog has no recipe gone any more");
    assertThatThrownBy(() -> sources("gone")).isInstanceOf(RegException.class);
  }

  @Test
  void whatNobodyKnowsIsBuiltOnlyWhenItIsNamed() throws Exception {
    BuildSource a = recipe("a");
    made("a", null);
    made("b", null);
    assertThat(sources()).isEmpty();
    assertThat(notes)
        .containsExactly(
            "a@1: stays, nobody recorded what it was made of; 'reg template update a' builds it by"
                + " the recipe of its name");
    assertThat(sources("a")).containsExactly(a);
    assertThatThrownBy(() -> sources("b")).isInstanceOf(RegException.class);
  }

  @Test
  void ofTheSamePackagesEachNameIsBuilt() throws Exception {
    made("one", new BuiltFrom.Packages(List.of("git"), "one"));
    made("two", new BuiltFrom.Packages(List.of("git"), "two"));
    assertThat(sources())
        .containsExactly(
            new BuildSource.Packages(List.of("git"), "one"),
            new BuildSource.Packages(List.of("git"), "two"));
    assertThat(sources("two", "two", "one")).hasSize(2);
  }

  @Test
  void anEqualTemplateByHandLeavesWhatIsKnown() throws Exception {
    BuildSource a = recipe("a");
    made("a", new BuiltFrom.Recipe("a"));
    writtenByHand("a");
    assertThat(sources()).containsExactly(a);
  }
}
