package dev.reg.engine.building;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostFilesTest {
  private static final String GOOD =
      """
      {"command": ["/usr/bin/java", "-X"], "environment": {"A": "b"}, "output": "/out",
       "text": [{"path": "/bin/step", "source": "step/0", "mode": 493}]}
      """;

  @TempDir Path out;

  private PostFiles read(String json) throws Exception {
    Files.writeString(out.resolve("post.json"), json);
    return PostFiles.read(out);
  }

  @Test
  void whatABuilderWritesIsRead() throws Exception {
    PostFiles post = read(GOOD);
    assertThat(post.command()).containsExactly("/usr/bin/java", "-X");
    assertThat(post.environment()).isEqualTo(Map.of("A", "b"));
    assertThat(post.output()).isEqualTo("/out");
    assertThat(post.text())
        .containsExactly(new TemplateFile("step/0", "/usr/bin/step", null, 0755));
    Template template = template("");
    assertThat(post.during(template).files()).isEqualTo(post.text());
    assertThat(template.files()).isEmpty();
  }

  /** Each takes the place of a part of what is good. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      value = {
        "{\"command\" → [\"command\"",
        "\"command\" → \"commands\"",
        "\"environment\" → \"x\": 1, \"environment\"",
        "[\"/usr/bin/java\", \"-X\"] → []",
        "[\"/usr/bin/java\", \"-X\"] → [\"\"]",
        "[\"/usr/bin/java\", \"-X\"] → \"java\"",
        "\"-X\" → 1",
        "\"-X\" → \"a\\u0000b\"",
        "{\"A\": \"b\"} → null",
        "{\"A\": \"b\"} → [\"b\"]",
        "\"A\" → \"A=B\"",
        "\"A\" → \"\"",
        "\"b\" → {}",
        "\"/out\" → null",
        "\"/out\" → \"out\"",
        "\"/out\" → \"/\"",
        "\"/out\" → \"/out/../../etc\"",
        "\"mode\": 493 → \"mode\": 2541",
        "\"mode\": 493 → \"mode\": -1",
        "\"mode\": 493 → \"mode\": \"493\"",
        "\"mode\": 493 → \"mode\": 49300000000",
        "\"mode\": 493 → \"uid\": 493",
        "\"/bin/step\" → \"/bin/../step\"",
        "\"/bin/step\" → \"/proc/step\"",
        "\"step/0\" → 0",
        "[{\"path\" → [7, {\"path\"",
        "\"A\": \"b\" → \"A\": [[[[[[\"b\"]]]]]]",
      })
  void whatItWouldNotWriteIsRefused(String part, String other) {
    assertThat(GOOD).contains(part);
    refused(GOOD.replace(part, other));
  }

  @Test
  void noneOrTooMuchOrMoreIsRefused() {
    refused("");
    refused("null");
    refused("[".repeat(100_000));
    refused(GOOD + "{}");
    refused(GOOD.replace("\"-X\"", "\"-X\", ".repeat(1_000) + "\"-X\""));
    refused(GOOD + " ".repeat(1 << 20));
  }

  private void refused(String json) {
    assertThatThrownBy(() -> read(json))
        .as(json.length() < 1000 ? json : json.substring(0, 100))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @Test
  void whatItsStepMadeReplacesWhatWasThere() throws Exception {
    Path made = out.resolve("post");
    Files.createDirectories(made.resolve("usr/share/x"));
    Files.createDirectories(made.resolve("bin"));
    Files.writeString(made.resolve("usr/share/x/cache"), "new");
    Files.writeString(made.resolve("bin/tool"), "new");
    Template template = template("files: {old: /usr/share/x/cache, kept: /usr/share/kept}");
    assertThat(PostFiles.with(template, made).files())
        .extracting(file -> file.source() + " " + file.path())
        .containsExactly(
            "post/bin/tool /usr/bin/tool",
            "kept /usr/share/kept",
            "post/usr/share/x/cache /usr/share/x/cache");
  }

  @Test
  void whatNoTemplateCanHaveIsRefused() throws Exception {
    for (String directory : List.of("proc", "usr/share/a\nb")) {
      Path made = Files.createDirectory(out.resolve("made" + directory.length()));
      Files.createFile(Files.createDirectories(made.resolve(directory)).resolve("x"));
      assertThatThrownBy(() -> PostFiles.with(template(""), made))
          .isInstanceOfSatisfying(
              RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    }
  }

  private static Template template(String more) throws RegException {
    String yaml = "name: a\nversion: 1\n" + more + "\n";
    return TemplateReader.read("test", yaml.getBytes(StandardCharsets.UTF_8));
  }
}
