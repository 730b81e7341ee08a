package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is stored before a template is whole, and what a crash leaves of a change. */
class UnfinishedTemplateTest {
  private static final String YAML = "name: a\nversion: 1\nfiles: {x: /x, shared: /shared}\n";

  @TempDir Path directory;
  private RepositoryFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new RepositoryFixture(directory);
    fixture.source("x", "one");
    fixture.source("more", "more");
    fixture.source("shared", "shared");
    fixture.add("name: b\nversion: 1\nfiles: {shared: /elsewhere}\nenvironment: {B: b}\n");
  }

  private UnfinishedTemplate begin(String yaml) throws Exception {
    return fixture.templates.begin(
        fixture.parse(yaml), new DirectorySources(fixture.sources), note -> {});
  }

  /** The engine is gone, and the next one opens what it left. */
  private void crash() throws Exception {
    ObjectStore objects = ObjectStore.open(fixture.layout);
    fixture.templates = TemplateRepository.open(fixture.layout, objects);
    assertThat(objects.isUnsettled()).isFalse();
  }

  private void hasOnlyB() throws Exception {
    assertThat(fixture.templates.list()).extracting(Head::id).containsExactly("b@1");
    assertThat(fixture.files()).noneMatch(file -> file.startsWith("a"));
    assertThat(fixture.stored()).containsExactly(RepositoryFixture.object("shared", 0644));
  }

  @Test
  void canBeRunButNotFound() throws Exception {
    try (UnfinishedTemplate unfinished = begin(YAML + "requires: [b]\n")) {
      assertThat(fixture.templates.list()).extracting(Head::id).containsExactly("b@1");
      Closure closure = unfinished.closure();
      assertThat(closure.templates()).extracting(Head::id).containsExactly("b@1", "a@1");
      assertThat(closure.environment()).containsEntry("B", "b");
      assertThat(closure.tree().entries().stream().map(entry -> entry.path()))
          .containsExactlyInAnyOrder("/x", "/shared", "/elsewhere");
      assertThat(fixture.stored()).contains(RepositoryFixture.object("one", 0644));
    }
    hasOnlyB();
  }

  @Test
  void keepsTheObjectsItSharesWithATemplateThatIsRemoved() throws Exception {
    try (UnfinishedTemplate unfinished = begin(YAML)) {
      fixture.templates.remove(fixture.find("b"));
      assertThat(fixture.stored()).contains(RepositoryFixture.object("shared", 0644));
      assertThat(unfinished.closure().tree().entries()).hasSize(2);
    }
    assertThat(fixture.stored()).isEmpty();
  }

  @Test
  void becomesATemplateWithWhatWasMadeOfIt() throws Exception {
    Template whole;
    try (UnfinishedTemplate unfinished = begin(YAML)) {
      Template begun = fixture.parse(YAML);
      List<TemplateFile> files = new ArrayList<>(begun.files());
      files.add(new TemplateFile("more", "/more", null, null));
      whole = begun.with(files, begun.libs(), begun.links(), begun.directories());
      Head head = fixture.templates.add(whole, new DirectorySources(fixture.sources), false);
      assertThat(head.digest()).isNotEqualTo(unfinished.head().digest());
    }
    assertThat(fixture.find("a").files()).isEqualTo(3);
    assertThat(fixture.stored())
        .contains(RepositoryFixture.object("one", 0644), RepositoryFixture.object("more", 0644));
  }

  @Test
  void isGoneAfterACrash() throws Exception {
    UnfinishedTemplate unfinished = begin(YAML);
    assertThat(unfinished.head().id()).isEqualTo("a@1");
    assertThat(fixture.stored()).hasSize(2);
    crash();
    hasOnlyB();
  }

  @Test
  void aRemovalThatACrashCutShortIsCompleted() throws Exception {
    fixture.add(YAML);
    Files.delete(fixture.layout.templateFile("a", "1"));
    crash();
    hasOnlyB();
  }

  @Test
  void objectsStayWhileADamagedTemplateMayNeedThem() throws Exception {
    fixture.add(YAML);
    Files.writeString(fixture.layout.templateFile("a", "1"), "nonsense");
    Files.delete(fixture.layout.templateHead("a", "1"));
    Files.createDirectory(fixture.layout.objects().resolve("tmp/0"));
    ObjectStore objects = ObjectStore.open(fixture.layout);
    TemplateRepository templates = TemplateRepository.open(fixture.layout, objects);
    assertThat(templates.problems()).hasSize(1);
    assertThat(fixture.stored()).hasSize(2);
    assertThat(objects.isUnsettled()).isTrue();
  }
}
