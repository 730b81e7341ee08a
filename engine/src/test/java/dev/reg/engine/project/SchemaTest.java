package dev.reg.engine.project;

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

  /** As an editor takes it: YAML's core schema. */
  private static List<String> errors(Path file) throws IOException {
    LoadSettings core = LoadSettings.builder().setSchema(new CoreSchema()).build();
    Object document = new Load(core).loadFromString(Files.readString(file));
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
