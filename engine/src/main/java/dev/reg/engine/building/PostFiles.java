package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Names;
import dev.reg.template.ContainerPath;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A post step as a builder asks for it, and the template before and after it. The builder read
 * strangers' bytes, so every value is checked.
 *
 * @param command at least one word
 * @param output the directory in the container where the command leaves files, normalized
 * @param text the files that are there for it alone
 */
record PostFiles(
    List<String> command, Map<String, String> environment, String output, List<TemplateFile> text) {
  /** A file of the builder's that says what its post step is. */
  static final String POST = "post.json";

  /** Where below a builder's output lies what its post step made. */
  static final String MADE = "post/";

  /** Bytes of the file: it has paths and a command, no content. */
  private static final int LARGEST = 1 << 20;

  private static final int MOST = 1_000;
  private static final Set<String> KEYS = Set.of("command", "environment", "output", "text");
  private static final Set<String> FILE_KEYS = Set.of("path", "source", "mode");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(4)
                          .maxNumberLength(10)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  PostFiles {
    command = List.copyOf(command);
    text = List.copyOf(text);
  }

  /**
   * Of a builder that has ended.
   *
   * @throws RegException INVALID for everything that the builder would not have written
   */
  static PostFiles read(Path out) throws IOException, RegException {
    JsonNode json;
    try {
      json = JSON.readTree(BuilderOutput.read(out, POST, LARGEST));
    } catch (JacksonException e) {
      throw invalid("it is no sound JSON", e);
    }
    only(json, KEYS, "it");
    List<String> command = new ArrayList<>();
    for (JsonNode word : list(json, "command")) {
      command.add(text(word, "a word of the command"));
    }
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw invalid("it has no command", null);
    }
    List<TemplateFile> text = new ArrayList<>();
    for (JsonNode file : list(json, "text")) {
      text.add(file(file));
    }
    String output = text(json.get("output"), "output");
    if (Names.pathFault(output) != null) {
      throw invalid("output is no path of a container", null);
    }
    return new PostFiles(command, environment(json.get("environment")), output, text);
  }

  private static Map<String, String> environment(@Nullable JsonNode json) throws RegException {
    Map<String, String> environment = new LinkedHashMap<>();
    if (json == null || !json.isObject() || json.size() > MOST) {
      throw invalid("environment is no object of at most " + MOST + " texts", null);
    }
    for (Map.Entry<String, JsonNode> each : json.properties()) {
      if (!VARIABLE.matcher(each.getKey()).matches()) {
        throw invalid("environment names what is no variable", null);
      }
      environment.put(each.getKey(), text(each.getValue(), "a variable"));
    }
    return environment;
  }

  private static TemplateFile file(JsonNode json) throws RegException {
    only(json, FILE_KEYS, "a file");
    JsonNode mode = json.get("mode");
    if (mode == null || !mode.isInt() || (mode.intValue() & ~0777) != 0) {
      throw invalid("the mode of a file is no number from 0 to 511", null);
    }
    return new TemplateFile(
        text(json.get("source"), "the source of a file"),
        ContainerPath.named(text(json.get("path"), "the path of a file")),
        null,
        mode.intValue());
  }

  private static void only(JsonNode json, Set<String> keys, String what) throws RegException {
    if (!json.isObject() || !keys.containsAll(json.propertyNames())) {
      throw invalid(
          what + " is no object of " + String.join(", ", keys.stream().sorted().toList()), null);
    }
  }

  private static JsonNode list(JsonNode json, String name) throws RegException {
    JsonNode list = json.get(name);
    if (list == null || !list.isArray() || list.size() > MOST) {
      throw invalid(name + " is no list of at most " + MOST + " entries", null);
    }
    return list;
  }

  private static String text(@Nullable JsonNode json, String what) throws RegException {
    if (json == null || !json.isString() || json.stringValue().indexOf('\0') >= 0) {
      throw invalid(what + " is no text", null);
    }
    return json.stringValue();
  }

  private static RegException invalid(String why, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.INVALID, "cannot use what the builder made: " + POST + ": " + why, cause);
  }

  /** The template with the files that are there for its post step alone. */
  Template during(Template template) {
    List<TemplateFile> files = new ArrayList<>(template.files());
    files.addAll(text);
    return template.with(files, template.libs(), template.links(), template.directories());
  }

  /**
   * The template with the files of a directory, each at its path relative to that; a file that was
   * there is replaced.
   *
   * @throws RegException INVALID for a file where no template can have one
   */
  static Template with(Template template, Path made) throws IOException, RegException {
    List<String> names;
    try (Stream<Path> paths = Files.walk(made)) {
      names =
          paths
              .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
              .map(path -> made.relativize(path).toString())
              .toList();
    }
    TreeMap<String, TemplateFile> files = new TreeMap<>();
    template.files().forEach(file -> files.put(file.path(), file));
    for (String name : names) {
      String path = ContainerPath.named("/" + name);
      files.put(path, new TemplateFile(MADE + name, path, null, null));
    }
    return template.with(
        List.copyOf(files.values()), template.libs(), template.links(), template.directories());
  }

  /** The provenance with that of the files that a post step made. */
  static Provenance with(Provenance provenance, Template template) {
    TreeMap<String, Origin> files = new TreeMap<>(provenance.files());
    for (TemplateFile file : template.files()) {
      if (file.source().startsWith(MADE)) {
        files.put(file.path(), new Origin(null, new Why.Post()));
      }
    }
    return provenance.with(files);
  }
}
