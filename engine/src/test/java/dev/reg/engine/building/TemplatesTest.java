package dev.reg.engine.building;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.building.ScriptedBuilder.Watcher;
import dev.reg.engine.configuration.Configuration;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.Closure;
import dev.reg.template.DirectorySources;
import dev.reg.template.Head;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TemplatesTest {
  @TempDir Path directory;
  private TemplateRepository repository;
  private Templates templates;
  private Path catalog;
  private final Watcher watcher = new Watcher();

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

  private Head add(String yaml, String... holders) throws Exception {
    return templates.add(
        TemplateReader.read("t.yaml", yaml.getBytes(UTF_8)),
        "/home/t.yaml",
        new DirectorySources(directory),
        watcher,
        template -> List.of(holders));
  }

  private static void assertFails(ErrorKind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RegException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void whatTheRepositoryHasIsResolvedAndRemembered() throws Exception {
    add("name: a\nversion: 1\n");
    add("name: b\nversion: 2\nrequires: [a]\n");
    Templates.Resolved resolved = templates.resolve(List.of("b@2"), watcher);
    assertThat(resolved.wanted()).containsExactly("b@2");
    assertThat(resolved.ids()).containsExactlyInAnyOrder("a@1", "b@2");
    assertThat(templates.resolve(List.of("b@2"), watcher)).isSameAs(resolved);
    assertThat(watcher.lines).isEmpty();
    add("name: b\nversion: 2.1\n");
    assertThat(templates.resolve(List.of("b@2"), watcher).ids()).containsExactly("b@2.1");
  }

  @Test
  void whatNeitherHasIsSaidWithWhatIsNear() throws Exception {
    add("name: python\nversion: 3.11\n");
    Files.writeString(catalog.resolve("busybox.yaml"), "name: busybox\n");
    assertFails(
        ErrorKind.NOT_FOUND,
        "did you mean python?",
        () -> templates.resolve(List.of("pyhton"), watcher));
    assertFails(
        ErrorKind.NOT_FOUND,
        "did you mean busybox?",
        () -> templates.resolve(List.of("bussybox"), watcher));
    assertFails(
        ErrorKind.NOT_FOUND,
        "no template matches python@3.1: the local repository has python@3.11",
        () -> templates.resolve(List.of("python@3.1"), watcher));
    assertFails(
        ErrorKind.NOT_FOUND,
        "the catalog has no recipe python",
        () -> templates.build("python", watcher));
  }

  @Test
  void aRecipeOfSomebodysOwnIsBuiltUnlessTheCatalogHasItsName() throws Exception {
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog)) {
      String script = "template name: own;version: 2;requires: [a]\n";
      builder.script("a", "template name: a;version: 3");
      assertThat(templates.buildOwn(new OwnRecipe("own", "./x.yaml", script), watcher).id())
          .isEqualTo("own@2");
      assertThat(repository.provenance(repository.versions("own").getFirst()))
          .map(Provenance::source)
          .contains(new BuiltFrom.OwnRecipe("own", script));
      assertThat(templates.names()).contains("a");
      assertThat(directory.resolve("root/building")).isEmptyDirectory();

      String another = "template name: other;version: 2\n";
      assertFails(
          ErrorKind.INVALID,
          "it is called other and was to be called own",
          () -> templates.buildOwn(new OwnRecipe("own", "./x.yaml", another), watcher));
      assertFails(
          ErrorKind.ALREADY_EXISTS,
          "cannot build ./x.yaml: a is a recipe of the catalog",
          () -> templates.buildOwn(new OwnRecipe("a", "./x.yaml", "exit 0\n"), watcher));
      assertThat(directory.resolve("root/building")).isEmptyDirectory();
    }
  }

  @Test
  void whatTheRepositoryLacksIsBuilt() throws Exception {
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog)) {
      builder.script("b", "template name: b;version: 1;requires: [a]");
      builder.script("a", "building a", "template name: a;version: 3");
      assertThat(templates.resolve(List.of("b"), watcher).ids())
          .containsExactlyInAnyOrder("b@1", "a@3");
      assertThat(watcher.lines).contains("building a");
      assertFails(
          ErrorKind.NOT_FOUND,
          "has b@1; 'reg template build b' makes",
          () -> templates.resolve(List.of("b@2"), watcher));
      assertFails(
          ErrorKind.NOT_FOUND,
          "no template matches a@2: the recipe of this catalog made a@3",
          () -> templates.build("a@2", watcher));
      assertThat(templates.build("a@3", watcher).id()).isEqualTo("a@3");
      builder.script("c", "template name: c;version: 1;requires: [d]");
      builder.script("d", "template name: d;version: 1;requires: [c]");
      assertFails(
          ErrorKind.FAILED_PRECONDITION,
          "requires itself",
          () -> templates.resolve(List.of("c"), watcher));
      assertThat(repository.list()).extracting(Head::name).containsExactlyInAnyOrder("a", "b");
    }
  }

  @Test
  @Timeout(120)
  void recipesThatRequireEachOtherAreRefusedWhoeverBuildsThem() throws Exception {
    Path go = catalog.resolve("go");
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      builder.script("c", "begun", "await " + go, "template name: c;version: 1;requires: [d]");
      builder.script("d", "begun", "await " + go, "template name: d;version: 1;requires: [e]");
      builder.script("e", "template name: e;version: 1;requires: [c]");
      builder.script("self", "template name: self;version: 1;requires: [self]");
      Watcher other = new Watcher();
      Future<?> one = threads.submit(() -> templates.resolve(List.of("c"), watcher));
      Future<?> two = threads.submit(() -> templates.resolve(List.of("d"), other));
      assertThat(watcher.next()).isEqualTo("begun");
      assertThat(other.next()).isEqualTo("begun");
      Files.createFile(go);
      for (Future<?> each : List.of(one, two)) {
        assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS))
            .rootCause()
            .isInstanceOfSatisfying(
                RegException.class,
                e -> assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION))
            .hasMessageMatching(
                "cannot build (c|d|e): its recipe requires itself, by way of"
                    + " ((d, )?(e, )?(c, )?(d, )?)(c|d|e)");
      }
      assertFails(
          ErrorKind.INVALID,
          "requires names the template itself",
          () -> templates.resolve(List.of("self"), watcher));
    }
    assertThat(repository.list()).isEmpty();
  }

  /** Whoever began a build may leave: what it requires is built for all who wait. */
  @Test
  @Timeout(120)
  void whatIsRequiredIsBuiltForAllWhoWait() throws Exception {
    Path go = catalog.resolve("go");
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      builder.script("b", "begun", "await " + go, "template name: b;version: 1;requires: [a]");
      builder.script("a", "asked", "await " + go + "2", "template name: a;version: 3");
      Watcher other = new Watcher();
      Future<?> one = threads.submit(() -> templates.resolve(List.of("b"), watcher));
      assertThat(watcher.next()).isEqualTo("begun");
      Future<Templates.Resolved> two = threads.submit(() -> templates.resolve(List.of("b"), other));
      assertThat(other.next()).contains("waiting");
      Files.createFile(go);
      assertThat(other.next()).isEqualTo("asked");
      watcher.leave();
      // Time to notice wrongly that nobody waits.
      Thread.sleep(1000);
      Files.createFile(catalog.resolve("go2"));
      assertThat(two.get(30, TimeUnit.SECONDS).ids()).containsExactlyInAnyOrder("a@3", "b@1");
      one.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void oneInUseCannotBeRemovedNorReplaced() throws Exception {
    Head head = add("name: a\nversion: 1\n");
    Head needed = add("name: b\nversion: 1\n");
    add("name: c\nversion: 1\nrequires: [b]\n");
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "cannot remove the template a@1: containers use it: web, db",
        () -> templates.remove(head, id -> List.of("web", "db"), () -> {}));
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "the template c@1 requires it",
        () -> templates.remove(needed, id -> List.of(), () -> {}));
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "cannot replace a@1 by another content: containers use it: web",
        () -> add("name: a\nversion: 1\nenvironment: {A: b}\n", "web"));
    assertFails(
        ErrorKind.NOT_FOUND, "requires x", () -> add("name: d\nversion: 1\nrequires: [x]\n"));
    assertThat(repository.list()).hasSize(3);
    templates.remove(head, id -> List.of(), () -> {});
    assertThat(repository.list()).extracting(Head::id).containsExactlyInAnyOrder("b@1", "c@1");
  }

  /** A run resolves, makes its container visible, and only then asks whether that still holds. */
  @Test
  void aRunSeesARemovalThatOverlapsIt() throws Exception {
    Head head = add("name: a\nversion: 1\n");
    Templates.Resolved before = templates.resolve(List.of("a"), watcher);
    assertThat(templates.isCurrent(before)).isTrue();
    CountDownLatch removing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> removal =
          threads.submit(
              () -> {
                templates.remove(
                    head,
                    id -> List.of(),
                    () -> {
                      removing.countDown();
                      try {
                        assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    });
                return null;
              });
      assertThat(removing.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(templates.isCurrent(before)).as("while it is removed").isFalse();
      Future<Templates.Resolved> during =
          threads.submit(() -> templates.resolve(List.of("a"), watcher));
      go.countDown();
      removal.get(30, TimeUnit.SECONDS);
      assertThatThrownBy(() -> during.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RegException.class);
    }
    assertThat(templates.isCurrent(before)).isFalse();
    assertThat(repository.list()).isEmpty();
  }

  @Test
  void aRemovalOfAnotherTemplateIsNoObstacle() throws Exception {
    Head other = add("name: b\nversion: 1\n");
    add("name: a\nversion: 1\n");
    Templates.Resolved before = templates.resolve(List.of("a"), watcher);
    templates.remove(other, id -> List.of(), () -> {});
    assertThat(templates.isCurrent(before)).isFalse();
    assertThat(templates.holds(before)).isTrue();
    templates.remove(templates.find(TemplateRef.parse("a")), id -> List.of(), () -> {});
    assertThat(templates.holds(before)).isFalse();
  }

  @Test
  void aRemovalThatIsRefusedChangesNothing() throws Exception {
    Head head = add("name: a\nversion: 1\n");
    assertThatThrownBy(
            () ->
                templates.remove(
                    head,
                    id -> List.of(),
                    () -> {
                      throw new RegException(ErrorKind.EXHAUSTED, "no space");
                    }))
        .hasMessage("no space");
    assertThat(repository.list()).containsExactly(head);
    Templates.Resolved after = templates.resolve(List.of("a"), watcher);
    assertThat(templates.isCurrent(after)).isTrue();
  }

  private Pinned pin(String... wanted) throws Exception {
    Closure closure = templates.resolve(List.of(wanted), watcher).closure();
    return new Pinned(
        "reg.lock",
        "reg generate --update",
        closure.templates().stream().collect(Collectors.toMap(Head::id, Head::digest)),
        closure.id());
  }

  private Templates.Resolved resolve(String wanted, Pinned pinned) throws Exception {
    return templates.resolve(List.of(wanted), Pull.MISSING, pinned, watcher);
  }

  @Test
  void whatIsPinnedIsUsedThoughThereIsHigher() throws Exception {
    add("name: a\nversion: 1\n");
    add("name: b\nversion: 1\nrequires: [a]\n");
    Pinned pinned = pin("b");
    add("name: a\nversion: 2\n");
    add("name: b\nversion: 2\nrequires: [a@2]\n");
    Templates.Resolved resolved = resolve("b", pinned);
    assertThat(resolved.ids()).containsExactly("a@1", "b@1");
    assertThat(resolve("b", pinned)).isSameAs(resolved);
    assertThat(templates.resolve(List.of("b"), watcher).ids()).containsExactly("a@2", "b@2");
  }

  @Test
  void whatIsNoMoreAsItWasPinnedIsNamed() throws Exception {
    add("name: a\nversion: 1\n");
    add("name: b\nversion: 1\nrequires: [a]\n");
    Pinned pinned = pin("b");
    add("name: a\nversion: 1\nenvironment: {A: b}\n");
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "reg.lock pins a@1 with the digest sha256:",
        () -> resolve("b", pinned));
    Head b = repository.versions("b").getFirst();
    templates.remove(b, id -> List.of(), () -> {});
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "b@1, which is not stored here, and the catalog has no recipe for it; 'reg generate"
            + " --update' takes what there is now",
        () -> resolve("b", pinned));
    Pinned toomuch =
        new Pinned(
            "reg.lock", pinned.renewal(), pinned.templates(), dev.reg.store.Digest.of(new byte[0]));
    add("name: a\nversion: 1\n");
    add("name: b\nversion: 1\nrequires: [a]\n");
    assertFails(
        ErrorKind.FAILED_PRECONDITION, "reg.lock does not hold", () -> resolve("b", toomuch));
    assertFails(
        ErrorKind.FAILED_PRECONDITION,
        "reg.lock does not hold: there is no template c in the local repository",
        () -> resolve("c", pinned));
    assertThat(resolve("b", pinned).ids()).containsExactly("a@1", "b@1");
  }

  @Test
  void whatIsPinnedAndLackingIsBuiltIfThatMakesTheSame() throws Exception {
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog)) {
      builder.script("a", "template name: a;version: 1");
      Pinned pinned = pin("a");
      templates.remove(repository.versions("a").getFirst(), id -> List.of(), () -> {});
      assertFails(
          ErrorKind.FAILED_PRECONDITION,
          "a@1, which is not stored here, and --pull never keeps it from being built",
          () -> templates.resolve(List.of("a"), Pull.NEVER, pinned, watcher));
      assertThat(resolve("a", pinned).closure().id()).isEqualTo(pinned.environment());
      templates.remove(repository.versions("a").getFirst(), id -> List.of(), () -> {});
      builder.script("a", "template name: a;version: 2");
      assertFails(
          ErrorKind.FAILED_PRECONDITION,
          "reg.lock pins a@1, which is not stored here; the catalog's recipe makes a@2; 'reg",
          () -> resolve("a", pinned));
      builder.script("a", "template name: a;version: 1;environment: {A: b}");
      assertFails(
          ErrorKind.FAILED_PRECONDITION,
          "and the one stored here has sha256:",
          () -> resolve("a", pinned));
    }
  }

  @Test
  void pullSaysWhetherARecipeIsBuilt() throws Exception {
    try (ScriptedBuilder builder = new ScriptedBuilder(catalog)) {
      builder.script("a", "template name: a;version: 1");
      add("name: own\nversion: 1\n");
      assertFails(
          ErrorKind.NOT_FOUND,
          "the local repository has no template a@1, and --pull never keeps it from being built;"
              + " 'reg template build a' does",
          () -> templates.resolve(List.of("a@1"), Pull.NEVER, null, watcher));
      assertThat(templates.resolve(List.of("a"), Pull.ALWAYS, null, watcher).ids())
          .containsExactly("a@1");
      builder.script("a", "template name: a;version: 2");
      assertThat(templates.resolve(List.of("a"), Pull.MISSING, null, watcher).ids())
          .containsExactly("a@1");
      assertThat(templates.resolve(List.of("a", "own"), Pull.ALWAYS, null, watcher).ids())
          .containsExactly("a@2", "own@1");
      assertThat(templates.resolve(List.of("a@1"), Pull.NEVER, null, watcher).ids())
          .containsExactly("a@1");
    }
  }
}
