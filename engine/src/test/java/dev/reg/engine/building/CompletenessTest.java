package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.building.ScriptedBuilder.Watcher;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.DirectorySources;
import dev.reg.template.Head;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRepository;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a template that comes means for those that require it. */
class CompletenessTest {
  /** Its link leads into what it requires. */
  private static final String APP =
      "name: app\nversion: 1\nlevel: static\nrequires: [base]\nlinks: {/srv/data: /opt/data}\n";

  private static final String DATA = "files: {data: /opt/data}\n";

  @TempDir Path directory;
  private TemplateRepository repository;
  private Completeness completeness;

  @BeforeEach
  void open() throws Exception {
    Layout layout = Layout.at(directory.resolve("root"));
    layout.create();
    ObjectStore objects = ObjectStore.open(layout);
    repository = TemplateRepository.open(layout, objects);
    completeness = new Completeness(objects, LoaderListing.none(), TracedRuns.none());
    Files.writeString(directory.resolve("data"), "what app reads");
    Files.writeString(directory.resolve("other"), "what it does not");
  }

  private Head add(String yaml) throws Exception {
    return completeness.add(
        repository,
        TemplateReader.read("t.yaml", yaml.getBytes(StandardCharsets.UTF_8)),
        null,
        new DirectorySources(directory),
        null,
        true,
        new Watcher());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name: base\nversion: 1\n", // in the place of the one that is stored
        "name: base\nversion: 2\n", // beside it: the highest version is taken
        "name: base\nversion: 2\nlevel: static\n",
      })
  void whatWouldTakeFromAnotherWhatItNeedsIsRefused(String base) throws Exception {
    Head before = add("name: base\nversion: 1\nlevel: static\n" + DATA);
    Head app = add(APP);
    assertThatThrownBy(() -> add(base + "files: {other: /opt/other}\n"))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION))
        .hasMessageContaining("cannot store base@")
        .hasMessageContaining("which app@1 would then require")
        .hasMessageContaining("/opt/data")
        .hasMessageContaining("'reg template update app' makes both anew");
    assertThat(repository.list()).containsExactlyInAnyOrder(before, app);
  }

  @Test
  void whatGivesAnotherAllItNeedsIsTaken() throws Exception {
    add("name: base\nversion: 1\n" + DATA);
    Head app = add(APP);
    Head next = add("name: base\nversion: 2\nfiles: {data: /opt/data, other: /opt/other}\n");
    assertThat(repository.list()).contains(app, next);
  }

  @Test
  void whatAnotherHasToo() throws Exception {
    add("name: base\nversion: 1\n" + DATA);
    add("name: app\nversion: 1\nrequires: [base]\nfiles: {data: /srv/data}\n");
    assertThatThrownBy(() -> add("name: base\nversion: 2\nfiles: {other: /srv/data}\n"))
        .as("two who disagree about a path cannot be combined")
        .hasMessageContaining("cannot combine templates")
        .hasMessageContaining("/srv/data");
  }

  @Test
  void whatNobodyRequiresNeedNotBeResolvedYet() throws Exception {
    Head early = add("name: early\nversion: 1\nrequires: [base]\n");
    assertThat(repository.list()).containsExactly(early);
    add("name: base\nversion: 1\n" + DATA);
  }
}
