package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.reg.engine.project.ProjectFile.Mount;
import dev.reg.engine.project.ProjectFile.Resources;
import dev.reg.engine.project.ProjectFile.Variable;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What reg.yaml says, and every mistake in it at once: a file a mistake, with its message. */
class ProjectReaderTest {
  private static final Path SAMPLES = Path.of("src/test/resources/projects");

  private static ProjectFile read(String document) throws Mistakes {
    return ProjectReader.read("reg.yaml", document.getBytes(UTF_8));
  }

  private static Mistakes mistakes(byte[] document) {
    return catchThrowableOfType(Mistakes.class, () -> ProjectReader.read("reg.yaml", document));
  }

  static List<Path> bad() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES.resolve("should-fail"))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("bad")
  void everyMistakeIsToldWithItsLine(Path file) throws Exception {
    List<String> expected =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("#! "))
            .map(line -> "reg.yaml" + line.substring(3))
            .toList();
    assertThat(expected).isNotEmpty();
    assertThat(mistakes(Files.readAllBytes(file)).lines()).containsExactlyElementsOf(expected);
  }

  @Test
  void everythingThatCanBeSaidIsRead() throws Exception {
    ProjectFile file =
        ProjectReader.read("reg.yaml", Files.readAllBytes(SAMPLES.resolve("good/full.yaml")));
    assertThat(file.runtime())
        .containsExactly(new TemplateRef("python", "3.11"), new TemplateRef("busybox", ""));
    assertThat(file.runtimeLine()).isEqualTo(3);
    assertThat(file.command()).containsExactly("python3", "-m", "http.server", "8080");
    assertThat(file.workdir()).isEqualTo("/srv/www");
    // Values are the text that was written, not what a schema makes of it.
    assertThat(file.env())
        .containsExactly(
            new Variable("PORT", "8080"),
            new Variable("EMPTY", ""),
            new Variable("TRUTH", "yes"),
            new Variable("MINE", null),
            new Variable("dotted.name", "1.50"));
    assertThat(file.mounts())
        .containsExactly(
            new Mount("./data", "/data", true, 14),
            new Mount("/etc/hosts", "/etc/hosts.host", false, 17));
    assertThat(file.resources()).isEqualTo(new Resources("128m", "0.5", "64", 18));
    assertThat(file.ignore().matches("sub/x.pyc", false)).isTrue();
    assertThat(file.ignore().matches("sub/keep.pyc", false)).isFalse();
  }

  @Test
  void whatANumberIsGoodForDependsOnTheKey() throws Exception {
    ProjectFile file =
        ProjectReader.read("reg.yaml", Files.readAllBytes(SAMPLES.resolve("good/types.yaml")));
    assertThat(file.runtime()).containsExactly(new TemplateRef("3.11", ""));
    assertThat(file.command()).containsExactly("sleep", "10", "1e3", "true", "null");
    assertThat(file.env())
        .containsExactly(
            new Variable("PORT", "8080"),
            new Variable("HEX", "0x1F90"),
            new Variable("DEBUG", "true"),
            new Variable("NOTHING", "~"),
            new Variable("MINE", null));
    assertThat(file.resources()).isEqualTo(new Resources("134217728", "0.5", "64", 6));
  }

  @Test
  void whatTheDocumentationShowsIsRead() throws Exception {
    String page = Files.readString(Path.of("../docs/project.md"));
    ProjectFile file = read(block(page, "```yaml\n"));
    assertThat(file.runtime()).hasSize(1);
    assertThat(file.env()).contains(new Variable("TOKEN", null));
    assertThat(file.resources()).isNotNull();
    byte[] script = block(page, "```python\n").getBytes(UTF_8);
    assertThat(new ProjectFiles().script("x.py", script).python()).hasToString(">=3.9");
  }

  private static String block(String page, String fence) {
    int start = page.indexOf(fence) + fence.length();
    return page.substring(start, page.indexOf("```", start));
  }

  @Test
  void whatIsLeftOutIsEmpty() throws Exception {
    ProjectFile file = read("{}");
    assertThat(file).isEqualTo(ProjectFile.NONE);
    assertThat(read("command: \"sh -c 'echo \\\"$A\\\"'\"").command())
        .containsExactly("sh", "-c", "echo \"$A\"");
  }

  @Test
  void theFirstMistakesAreEnough() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      many.append("k").append(i).append(": 1\n");
    }
    List<String> lines = mistakes(many.toString().getBytes(UTF_8)).lines();
    assertThat(lines).hasSize(21);
    assertThat(lines.getFirst()).startsWith("reg.yaml:1: unknown key 'k0'");
    assertThat(lines.getLast()).isEqualTo("reg.yaml: and 4980 more mistakes");
  }

  @Test
  void hostileDocumentsAreBounded() {
    byte[] large = ("# " + "x".repeat(70_000)).getBytes(UTF_8);
    assertThat(mistakes(large).lines())
        .containsExactly("reg.yaml: it has 70002 bytes, more than the 65536 allowed");
    assertThat(mistakes("[".repeat(60_000).getBytes(UTF_8)).lines())
        .containsExactly("reg.yaml:1: it is nested more than 8 deep");
    assertThat(mistakes(new byte[] {'a', ':', ' ', (byte) 0xff}).lines())
        .containsExactly("reg.yaml:1: it is not UTF-8");
    String bell = "\"a\\u0007\\u202e\\nb\": 1";
    assertThat(mistakes(bell.getBytes(UTF_8)).lines())
        .singleElement()
        .asString()
        .startsWith("reg.yaml:1: unknown key 'a\\u0007\\u202e\\u000ab'");
  }

  @Test
  void theSameTextIsNotReadTwice() throws Exception {
    ProjectFiles files = new ProjectFiles();
    byte[] text = "runtime: busybox\n".getBytes(UTF_8);
    ProjectFile first = files.project("reg.yaml", text);
    assertThat(files.project("elsewhere/reg.yaml", text.clone())).isSameAs(first);
    assertThat(files.project("reg.yaml", "runtime: busyboy\n".getBytes(UTF_8))).isNotEqualTo(first);
  }
}
