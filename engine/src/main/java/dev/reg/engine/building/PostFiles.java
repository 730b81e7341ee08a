package dev.reg.engine.building;

import dev.reg.error.RegException;
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
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A post step as a builder asks for it, and the template before and after it.
 *
 * @param output the directory in the container where the command leaves files
 * @param text the files that are there for it alone
 */
record PostFiles(
    List<String> command, Map<String, String> environment, String output, JsonNode text) {
  /** A file of the builder's that says what its post step is. */
  static final String POST = "post.json";

  /** Where below a builder's output lies what its post step made. */
  static final String MADE = "post/";

  /** Of a builder that has ended. */
  static PostFiles read(Path out) throws IOException, RegException {
    JsonNode json = new JsonMapper().readTree(BuilderOutput.read(out, POST));
    List<String> command = new ArrayList<>();
    json.get("command").forEach(word -> command.add(word.stringValue()));
    Map<String, String> environment = new LinkedHashMap<>();
    json.get("environment")
        .properties()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().stringValue()));
    return new PostFiles(command, environment, json.get("output").stringValue(), json.get("text"));
  }

  /** The template with the files that are there for its post step alone. */
  Template during(Template template) {
    List<TemplateFile> files = new ArrayList<>(template.files());
    for (JsonNode file : text) {
      files.add(
          new TemplateFile(
              file.get("source").stringValue(),
              file.get("path").stringValue(),
              null,
              file.get("mode").intValue()));
    }
    return template.with(files, template.libs(), template.links(), template.directories());
  }

  /**
   * The template with the files of a directory, each at its path relative to that; a file that was
   * there is replaced.
   */
  static Template with(Template template, Path made) throws IOException {
    TreeMap<String, TemplateFile> files = new TreeMap<>();
    template.files().forEach(file -> files.put(file.path(), file));
    try (Stream<Path> paths = Files.walk(made)) {
      paths
          .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .map(path -> made.relativize(path).toString())
          .forEach(
              name -> files.put("/" + name, new TemplateFile(MADE + name, "/" + name, null, null)));
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
