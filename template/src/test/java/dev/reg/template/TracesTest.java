package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For how long a run counts that opened nothing outside a template. */
class TracesTest {
  private static final List<String> COMMAND = List.of("app", "--serve");

  @TempDir Path directory;
  private RepositoryFixture fixture;
  private Head app;

  @BeforeEach
  void open() throws Exception {
    fixture = new RepositoryFixture(directory);
    fixture.source("x", "one");
    fixture.source("y", "another");
    fixture.add("name: base\nversion: 1\nfiles: {x: /x}\n");
    app = fixture.add("name: app\nversion: 1\nrequires: [base]\n");
    fixture.templates.addTrace(app, fixture.resolve("app"), COMMAND);
  }

  private List<List<String>> traces() throws Exception {
    return fixture.templates.traces(app);
  }

  @Test
  void whileAllIsAsItWas() throws Exception {
    assertThat(traces()).containsExactly(COMMAND);
    fixture.reopen();
    assertThat(traces()).containsExactly(COMMAND);
    fixture.add("name: other\nversion: 1\n");
    assertThat(traces()).containsExactly(COMMAND);
  }

  @Test
  void notWithAnotherOfWhatItRequires() throws Exception {
    Closure before = fixture.resolve("app");
    Head next = fixture.add("name: base\nversion: 2\nfiles: {y: /x}\n");
    assertThat(traces()).isEmpty();
    assertThatThrownBy(() -> fixture.templates.addTrace(app, before, COMMAND))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessageContaining("it, or what it requires, was removed or replaced");
    fixture.templates.remove(next);
    assertThat(traces()).as("as it was again").containsExactly(COMMAND);
  }

  @Test
  void notWithoutWhatItRequires() throws Exception {
    fixture.templates.remove(fixture.find("base"));
    assertThat(traces()).isEmpty();
  }
}
