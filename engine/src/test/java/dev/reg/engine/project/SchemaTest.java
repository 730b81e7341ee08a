package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The schema that editors go by, and what we read, say the same. */
class SchemaTest {
  private static final Path SAMPLES = Path.of("src/test/resources/projects");
  private static final JsonMapper JSON = new JsonMapper();

  /** What a schema can't say, or a YAML parser says before it. */
  private static final Set<String> BEYOND =
      Set.of(
          "anchor.yaml",
          "empty.yaml",
          "not-yaml.yaml",
          "open-quote.yaml",
          "tag.yaml",
          "twice.yaml",
          "two-documents.yaml");

  private static JsonNode schema() throws IOException {
    return JSON.readTree(Files.readString(Path.of("../docs/reg.schema.json")));
  }

  static List<Path> samples(String folder) throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES.resolve(folder))) {
      return files.sorted().toList();
    }
  }

  static List<Path> good() throws IOException {
    return samples("good");
  }

  static List<Path> bad() throws IOException {
    return samples("should-fail").stream()
        .filter(file -> !BEYOND.contains(file.getFileName().toString()))
        .toList();
  }

  private static List<String> errors(Path file) throws IOException {
    return errors(Files.readString(file));
  }

  /** As an editor takes it: YAML's core schema. */
  private static List<String> errors(String text) throws IOException {
    LoadSettings core = LoadSettings.builder().setSchema(new CoreSchema()).build();
    Object document = new Load(core).loadFromString(text);
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(schema());
    return schema.validate(JSON.valueToTree(document)).stream().map(Object::toString).toList();
  }

  @ParameterizedTest
  @MethodSource("good")
  void whatIsReadFitsTheSchema(Path file) throws Exception {
    ProjectReader.read("reg.yaml", Files.readAllBytes(file));
    assertThat(errors(file)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void whatIsRefusedDoesNotFitTheSchema(Path file) throws Exception {
    assertThat(errors(file)).isNotEmpty();
  }

  /** Of every type; but for .inf and .nan, which JSON and so a schema has no word for. */
  private static final String[] VALUES = {
    "x",
    "'x'",
    "/x",
    "3",
    "3.11",
    "-1",
    "+5",
    "1e3",
    "0x10",
    "0o17",
    ".5",
    "1.",
    "'3'",
    "'3.5'",
    "true",
    "False",
    "TRUE",
    "tRUE",
    "'true'",
    "yes",
    "off",
    "null",
    "~",
    "Null",
    "NULL",
    "",
    "'null'",
    "''",
    "{}",
    "{a: b}",
    "[]",
    "[[x]]",
    "2020-01-01",
    "1_000",
    "8388608",
    "64m",
    "64.0",
    "1e7",
    "0x1000000",
    "5000000",
    "0.001",
    "-0.5",
    "99999999999"
  };

  /** Sizes that are too small; a schema has no word for it when they are text. */
  private static final Set<String> REFUSED_BY_THE_READER =
      Set.of("resources: {memory: '3'}", "resources: {memory: '3.5'}");

  private static final List<String> PLACES =
      List.of(
          "%s",
          "runtime: %s",
          "runtime: [a, %s]",
          "command: %s",
          "command: [%s]",
          "command: [a, %s]",
          "workdir: %s",
          "env: %s",
          "env: {A: %s}",
          "mounts: %s",
          "mounts: [%s]",
          "mounts: [{source: %s, target: /a}]",
          "mounts: [{source: a, target: %s}]",
          "mounts: [{source: a, target: /a, readonly: %s}]",
          "resources: %s",
          "resources: {memory: %s}",
          "resources: {cpus: %s}",
          "resources: {pids: %s}",
          "ignore: %s",
          "ignore: [%s]");

  /** What stands in a file where any value can stand; both take it, or neither does. */
  static List<String> everyTypeEverywhere() {
    return PLACES.stream()
        .flatMap(place -> Stream.of(VALUES).map(value -> place.replace("%s", value)))
        // "[a, ]" is a list of one; and a value that is left out altogether is another document.
        .filter(document -> !document.isEmpty())
        .toList();
  }

  @Test
  void bothTakeTheSameTypes() throws Exception {
    List<String> differences = new ArrayList<>();
    int taken = 0;
    for (String document : everyTypeEverywhere()) {
      List<String> read = readingErrors(document);
      List<String> schema = errors(document);
      boolean known = REFUSED_BY_THE_READER.contains(document);
      if (known ? read.isEmpty() || !schema.isEmpty() : read.isEmpty() != schema.isEmpty()) {
        differences.add(document + "\n  reader: " + read + "\n  schema: " + schema);
      }
      taken += read.isEmpty() ? 1 : 0;
    }
    assertThat(differences).isEmpty();
    assertThat(taken).as("documents that both take").isBetween(100, 500);
  }

  private static List<String> readingErrors(String document) {
    try {
      ProjectReader.read("reg.yaml", document.getBytes(UTF_8));
      return List.of();
    } catch (Mistakes e) {
      return e.lines();
    }
  }

  @Test
  void bothKnowTheSameKeys() throws Exception {
    JsonNode properties = schema().get("properties");
    assertThat(names(properties)).containsExactlyElementsOf(ProjectReader.KEYS);
    JsonNode mount = properties.get("mounts").get("items").get("properties");
    assertThat(names(mount)).containsExactlyElementsOf(ProjectReader.MOUNT_KEYS);
    JsonNode resources = properties.get("resources").get("properties");
    assertThat(names(resources)).containsExactlyElementsOf(ProjectReader.RESOURCE_KEYS);
  }

  private static List<String> names(JsonNode properties) {
    return new ArrayList<>(properties.propertyNames());
  }
}
