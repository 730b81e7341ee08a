package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.building.ScriptedBuilder.Watcher;
import dev.reg.engine.configuration.Configuration;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuildsTest {
  @TempDir Path directory;
  private ScriptedBuilder builder;
  private Layout layout;
  private TemplateRepository repository;
  private Builds builds;
  private Path catalog;
  private final List<String> holders = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void open() throws Exception {
    builder = new ScriptedBuilder(Files.createDirectory(directory.resolve("builder")));
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    ObjectStore objects = ObjectStore.open(layout);
    repository = TemplateRepository.open(layout, objects);
    catalog = Files.createDirectory(directory.resolve("catalog"));
    Completeness completeness = new Completeness(objects, LoaderListing.none(), TracedRuns.none());
    builds =
        new Builds(
            layout,
            repository,
            objects,
            catalog,
            new Builders(layout.aptCache(), new Configuration(null, null), BuilderMemory.none()),
            PostStep.none(),
            completeness,
            new Unifier(repository, objects, completeness),
            template -> List.copyOf(holders));
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    builder.close();
  }

  private Future<Head> build(String name, Path recipe, Watcher watcher) {
    return threads.submit(
        () ->
            builds.build(
                name, new BuildSource.Recipe(recipe), watcher, ScriptedBuilder.NO_REQUIREMENTS));
  }

  private void assertNothingLeft() throws IOException {
    assertThat(repository.list()).isEmpty();
    assertThat(layout.buildings()).isEmptyDirectory();
    assertThat(builds.isUnderWay("a")).isFalse();
  }

  @Test
  void whatWasBuiltIsInTheRepositoryAndNowhereElse() throws Exception {
    Path recipe = builder.script("a", "template name: a;version: 1.2;environment: {A: b}");
    Head head = build("a", recipe, new Watcher()).get(30, TimeUnit.SECONDS);
    assertThat(head.id()).isEqualTo("a@1.2");
    assertThat(repository.list()).containsExactly(head);
    assertThat(layout.buildings()).isEmptyDirectory();
    assertThat(builds.isUnderWay("a")).isFalse();
  }

  @Test
  void twoWhoWantTheSameShareOneBuild() throws Exception {
    Path go = directory.resolve("builder/go"); // which the builder sees
    Path recipe = builder.script("a", "begun", "await " + go, "on", "template name: a;version: 1");
    Watcher first = new Watcher();
    Watcher second = new Watcher();
    Future<Head> one = build("a", recipe, first);
    assertThat(first.next()).isEqualTo("begun");
    assertThat(builds.isUnderWay("a")).isTrue();
    Future<Head> two = build("a", recipe, second);
    assertThat(second.next()).isEqualTo("a: waiting for a build that is under way");
    first.leave(); // the other still waits
    Files.createFile(go);
    assertThat(second.next()).isEqualTo("on");
    assertThat(two.get(30, TimeUnit.SECONDS)).isEqualTo(one.get(30, TimeUnit.SECONDS));
    assertThat(first.lines).doesNotContain("begun");
  }

  @Test
  void aFailureIsToldToAllWhoWaitAndLeavesNothing() throws Exception {
    Path go = directory.resolve("builder/go"); // which the builder sees
    Path recipe =
        builder.script(
            "a",
            "begun",
            "await " + go,
            "template name: a;version: 1",
            "error: INVALID: why",
            "exit 1");
    Watcher first = new Watcher();
    Watcher second = new Watcher();
    Future<Head> one = build("a", recipe, first);
    assertThat(first.next()).isEqualTo("begun");
    Future<Head> two = build("a", recipe, second);
    assertThat(second.next()).contains("waiting");
    Files.createFile(go);
    for (Future<Head> each : List.of(one, two)) {
      assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              RegException.class,
              e -> assertThat(e.kind() + " " + e.line()).isEqualTo("INVALID why"));
    }
    assertNothingLeft();
    Path better = builder.script("a", "template name: a;version: 1");
    assertThat(build("a", better, new Watcher()).get(30, TimeUnit.SECONDS).id()).isEqualTo("a@1");
  }

  @Test
  void whoWaitsHearsOfAnErrorToo() throws Exception {
    Path go = directory.resolve("builder/go"); // which the builder sees
    Path recipe =
        builder.script("a", "begun", "await " + go, "template name: a;version: 1;requires: [b]");
    Watcher first = new Watcher();
    Watcher second = new Watcher();
    Error error = new OutOfMemoryError("of a test");
    Future<Head> one =
        threads.submit(
            () ->
                builds.build(
                    "a",
                    new BuildSource.Recipe(recipe),
                    first,
                    (required, forWhom) -> {
                      throw error;
                    }));
    assertThat(first.next()).isEqualTo("begun");
    Future<Head> two = build("a", recipe, second);
    assertThat(second.next()).contains("waiting");
    Files.createFile(go);
    for (Future<Head> each : List.of(one, two)) {
      assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS)).hasRootCause(error);
    }
    assertNothingLeft();
  }

  @Test
  void aBuildThatNobodyWaitsForIsGivenUp() throws Exception {
    Path recipe = builder.script("a", "begun", "await " + directory.resolve("builder/never"));
    Watcher first = new Watcher();
    Watcher second = new Watcher();
    Future<Head> one = build("a", recipe, first);
    assertThat(first.next()).isEqualTo("begun");
    Future<Head> two = build("a", recipe, second);
    assertThat(second.next()).contains("waiting");
    first.leave();
    second.leave();
    for (Future<Head> each : List.of(one, two)) {
      assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RegException.class);
    }
    assertNothingLeft();
  }

  /** The process of a build that was given up takes its time to end. */
  @Test
  void whoComesWhenABuildHasBeenGivenUpBuildsAnew() throws Exception {
    Path go = directory.resolve("builder/go");
    builder.script("b", "template name: b;version: 1");
    Path recipe = builder.script("a", "begun", "template name: a;version: 1;requires: [b]");
    Watcher first = new Watcher();
    CountDownLatch requires = new CountDownLatch(1);
    CountDownLatch on = new CountDownLatch(1);
    Future<Head> one =
        threads.submit(
            () ->
                builds.build(
                    "a",
                    new BuildSource.Recipe(recipe),
                    first,
                    (required, forWhom) -> {
                      first.leave();
                      assertThat(forWhom.isGone()).isTrue();
                      requires.countDown();
                      assertThat(await(on)).isTrue();
                      throw new RegException(ErrorKind.UNAVAILABLE, "nobody waits for it");
                    }));
    assertThat(await(requires)).isTrue();
    Path better = builder.script("a", "anew", "await " + go, "template name: a;version: 2");
    Watcher second = new Watcher();
    Future<Head> two = build("a", better, second);
    on.countDown();
    assertThat(second.next()).isEqualTo("anew");
    Files.createFile(go);
    assertThat(two.get(30, TimeUnit.SECONDS).id()).isEqualTo("a@2");
    assertThatThrownBy(() -> one.get(30, TimeUnit.SECONDS)).hasMessageContaining("nobody waits");
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void aBuilderThatMadeNoTemplateIsAFailure() throws Exception {
    for (String line : List.of("nothing", "template name: a", "template name: [", "template {}")) {
      Future<Head> built = build("a", builder.script("a", line), new Watcher());
      assertThatThrownBy(() -> built.get(30, TimeUnit.SECONDS))
          .as(line)
          .hasCauseInstanceOf(RegException.class);
      assertNothingLeft();
    }
  }

  @Test
  void whatItRequiresIsThereBeforeItIs() throws Exception {
    Path recipe = builder.script("a", "template name: a;version: 1;requires: [b@2]");
    List<TemplateRef> asked = new ArrayList<>();
    assertThatThrownBy(
            () ->
                builds.build(
                    "a",
                    new BuildSource.Recipe(recipe),
                    new Watcher(),
                    (required, forWhom) -> {
                      asked.add(required);
                      assertThat(repository.list()).isEmpty();
                      throw new RegException(ErrorKind.NOT_FOUND, "no b");
                    }))
        .hasMessage("no b");
    assertThat(asked).containsExactly(TemplateRef.parse("b@2"));
    assertNothingLeft();
  }

  @Test
  void aPostStepThatNoBuilderAsksForIsAFailure() throws Exception {
    for (String post : List.of("{}", "nothing", "{\"command\": [\"x\"]}")) {
      Future<Head> built =
          build(
              "a",
              builder.script("a", "template name: a;version: 1", "post " + post),
              new Watcher());
      assertThatThrownBy(() -> built.get(30, TimeUnit.SECONDS))
          .as(post)
          .cause()
          .isInstanceOfSatisfying(
              RegException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
                assertThat(e.line()).startsWith("cannot use what the builder made: post.json: ");
              });
      assertNothingLeft();
    }
  }

  @Test
  void aTemplateOfAnotherNameIsRefused() throws Exception {
    Files.createFile(catalog.resolve("python.yaml"));
    Path recipe = builder.script("a", "template name: python;version: 3.13");
    Future<Head> built = build("a", recipe, new Watcher());
    assertThatThrownBy(() -> built.get(30, TimeUnit.SECONDS))
        .cause()
        .hasMessage("cannot use what the builder made: it is called python and was to be called a");
    assertNothingLeft();
  }

  /** A source that says nothing of the name, as an image does. */
  @ParameterizedTest
  @CsvSource({"python, , false", "python, python, true", "other, , true", "other, python, false"})
  void anImportTakesTheNameOfARecipeOnlyWhenToldTo(String name, String called, boolean stored)
      throws Exception {
    Files.createFile(catalog.resolve("python.yaml"));
    Path script = builder.script("x", "template name: " + name + ";version: 3.13");
    // The scripted builder takes the script where an image's options have its layout.
    BuildSource image = new BuildSource.Image(script, null, called, null, false);
    Future<Head> built =
        threads.submit(
            () -> builds.build("+1", image, new Watcher(), ScriptedBuilder.NO_REQUIREMENTS));
    if (stored) {
      assertThat(built.get(30, TimeUnit.SECONDS).id()).isEqualTo(name + "@3.13");
    } else {
      assertThatThrownBy(() -> built.get(30, TimeUnit.SECONDS))
          .cause()
          .hasMessageContaining(
              called == null ? "say another name with --name" : "was to be called python");
      assertThat(repository.list()).isEmpty();
    }
    assertThat(layout.buildings()).isEmptyDirectory();
  }

  @Test
  void onlyItsOwnMarksSayWhichEnvironmentsWereAbandoned() throws Exception {
    String id = "0123456789abcdef".repeat(4);
    Path place = Files.createDirectories(layout.building("a"));
    Files.writeString(place.resolve("environment"), "f".repeat(64)); // the builder's
    assertThat(builds.places().abandoned()).isEmpty();
    builds.places().mark("a", new Digest(id));
    assertThat(builds.places().abandoned()).containsExactly(new Digest(id));
    builds.places().unmark("a");
    assertThat(builds.places().abandoned()).isEmpty();
    builds.places().mark("a", new Digest(id));
    builds.places().clear();
    assertThat(builds.places().abandoned()).isEmpty();
  }

  @Test
  void whatCrashedBuildsLeftIsCleared() throws Exception {
    Files.createDirectories(layout.building("a").resolve("deep/er"));
    builds.places().clear();
    assertThat(layout.building("a")).doesNotExist();
    builds.places().clear();
  }
}
