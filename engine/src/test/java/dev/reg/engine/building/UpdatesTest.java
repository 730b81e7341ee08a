package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.building.ScriptedBuilder.Watcher;
import dev.reg.engine.configuration.Configuration;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.DirectorySources;
import dev.reg.template.Head;
import dev.reg.template.ReplacedBuilds;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.unify.Plan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class UpdatesTest {
  @TempDir Path directory;
  private ScriptedBuilder builder;
  private TemplateRepository repository;
  private Templates templates;
  private Updates updates;
  private final Watcher watcher = new Watcher();
  private final List<String> changed = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void open() throws Exception {
    Path catalog = Files.createDirectory(directory.resolve("catalog"));
    builder = new ScriptedBuilder(catalog);
    Layout layout = Layout.at(directory.resolve("root"));
    layout.create();
    ObjectStore objects = ObjectStore.open(layout);
    repository = TemplateRepository.open(layout, objects);
    Completeness completeness = new Completeness(objects, LoaderListing.none(), TracedRuns.none());
    Unifier unifier = new Unifier(repository, objects, completeness);
    Builds builds =
        new Builds(
            layout,
            repository,
            objects,
            catalog,
            new Builders(layout.aptCache(), new Configuration(null, null), BuilderMemory.none()),
            PostStep.none(),
            completeness,
            unifier,
            template -> List.of());
    templates = new Templates(repository, catalog, builds);
    updates =
        new Updates(
            repository,
            catalog,
            builds,
            templates,
            unifier,
            () -> false,
            objects,
            new ReplacedBuilds(layout),
            () -> {});
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    builder.close();
  }

  /** A template that was made of the recipe of its name. */
  private void made(String yaml) throws Exception {
    var template = TemplateReader.read("t.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    Provenance provenance =
        new Provenance(
            new BuiltFrom.Recipe(template.name()), null, List.of(), Collections.emptySortedMap());
    repository.add(template, provenance, new DirectorySources(directory), false, note -> {});
  }

  private void update(boolean dry, Watcher by, String... names) throws Exception {
    updates.update(
        List.of(names),
        dry,
        by,
        (before, unified, unbuilt) -> {
          unified.after().changed().stream().map(Head::id).forEach(changed::add);
          changed.addAll(unbuilt);
        });
  }

  @Test
  void aPlanIsRememberedWhileTemplatesStayAsTheyAre() throws Exception {
    made("name: a\nversion: 1\n");
    Plan plan = updates.plan();
    assertThat(updates.plan()).isSameAs(plan);
    made("name: b\nversion: 1\n");
    Plan next = updates.plan();
    assertThat(next).isNotSameAs(plan);
    assertThat(updates.plan()).isSameAs(next);
    builder.script("b", "template name: b;version: 1");
    templates.build("b", watcher); // of which only what is known of it may be another
    assertThat(updates.plan()).isNotSameAs(next);
  }

  @Test
  @Timeout(120)
  void whoComesDuringAnUpdateIsToldAndMayLeave() throws Exception {
    Path go = directory.resolve("catalog/go"); // which the builder sees
    made("name: a\nversion: 1\n");
    builder.script("a", "begun", "await " + go, "template name: a;version: 1;command: [x]");
    Future<?> first = threads.submit(() -> run(watcher));
    assertThat(watcher.next()).isEqualTo("begun");

    Watcher other = new Watcher();
    Future<?> second = threads.submit(() -> run(other));
    assertThat(other.next()).isEqualTo("waiting for another update");
    other.leave();
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(RegException.class)
        .hasMessageContaining("another update is under way, you left");
    assertThat(updates.unify(new Watcher())).as("a build is not kept").isEmpty();

    Watcher patient = new Watcher();
    Future<?> third = threads.submit(() -> run(patient));
    assertThat(patient.next()).isEqualTo("waiting for another update");
    Files.createFile(go);
    first.get(30, TimeUnit.SECONDS);
    third.get(30, TimeUnit.SECONDS);
    assertThat(changed).containsExactly("a@1");
    assertThat(updates.unify(new Watcher())).isPresent();
  }

  @Test
  void allAreBuiltWithPackageListsOfNoEarlierThanTheUpdate() throws Exception {
    made("name: a\nversion: 1\n");
    made("name: b\nversion: 1\n");
    builder.script("a", "args", "template name: a;version: 1");
    builder.script("b", "args", "template name: b;version: 1");
    Instant begun = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    update(false, watcher);
    List<String> times =
        watcher.lines.stream()
            .filter(line -> line.contains(" --fetch "))
            .map(line -> line.replaceFirst(".* --lists-since (\\S+).*", "$1"))
            .toList();
    assertThat(times).hasSize(2);
    assertThat(times.getFirst()).isEqualTo(times.getLast());
    assertThat(Instant.parse(times.getFirst())).isBetween(begun, Instant.now());
  }

  @Test
  void aDryRunStoresNothingThatIsRequiredNow() throws Exception {
    made("name: a\nversion: 1\n");
    made("name: c\nversion: 1\n");
    builder.script("a", "template name: a;version: 1;requires: [b]");
    builder.script("b", "building b", "template name: b;version: 1");
    builder.script("c", "template name: c;version: 1;command: [x]");
    List<Head> stored = repository.list();
    update(true, watcher);
    assertThat(repository.list()).isEqualTo(stored);
    assertThat(watcher.lines).doesNotContain("building b");
    assertThat(changed)
        .containsExactly(
            "c@1",
            "b: would be built, "
                + directory.resolve("catalog/a.yaml")
                + " requires it; the rest shows then");
    changed.clear();
    update(false, watcher);
    assertThat(repository.list()).extracting(Head::id).containsExactly("a@1", "b@1", "c@1");
    assertThat(changed).containsExactlyInAnyOrder("a@1", "c@1");
  }

  @Test
  void aDryRunSaysWhatIsNotToBeHad() throws Exception {
    made("name: a\nversion: 1\n");
    builder.script("a", "template name: a;version: 1;requires: [none]");
    assertThatThrownBy(() -> update(true, watcher))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("no template is named none");
  }

  private Void run(Watcher by) throws Exception {
    update(false, by);
    return null;
  }
}
