package dev.reg.engine.project;

import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which runtimes a project's files ask for; what says a version comes before what only is there.
 */
final class Runtimes {
  static final String PYTHON = "python";
  static final String NODE = "nodejs";

  private static final String JAVA = "openjdk";

  /** Templates are of the host's release, so that more than this would match none. */
  private static final Map<String, Integer> COMPONENTS = Map.of(PYTHON, 2, NODE, 1);

  /** asdf's names for what others call otherwise. */
  private static final Map<String, String> NAMES = Map.of("node", NODE, "java", JAVA);

  /** Java's versions begin with who built it: {@code temurin-21.0.2+13.0.LTS}. */
  private static final Pattern OF_VENDOR = Pattern.compile("(?:[a-z][a-z0-9.-]*-)?(\\d{1,6}).*");

  private static final Pattern VERSION =
      Pattern.compile("(?:c?python-)?v?(\\d{1,6}(?:\\.\\d{1,6})*)");

  /** A range of one major version, as npm's semver(7) writes them. */
  private static final Pattern MAJOR =
      Pattern.compile("[~^=v]*\\s*(\\d{1,6})(\\.(\\d{1,6}|x|\\*)){0,2}");

  private final List<String> names;
  private final Map<String, String> texts;
  private final List<String> templates;
  private final Map<String, TemplateRef> runtime;
  private final List<String> notes;

  Runtimes(
      List<String> names,
      Map<String, String> texts,
      List<String> templates,
      Map<String, TemplateRef> runtime,
      List<String> notes) {
    this.names = names;
    this.texts = texts;
    this.templates = templates;
    this.runtime = runtime;
    this.notes = notes;
  }

  void choose() {
    pythonVersion(texts.getOrDefault(".python-version", ""));
    toolVersions(texts.getOrDefault(".tool-versions", ""));
    packageJson(texts.get("package.json"));
    if (names.contains("requirements.txt")) {
      choose(PYTHON, "", "requirements.txt");
    }
    named(PYTHON, Set.of(".py"));
    if (runtime.isEmpty()) {
      named(NODE, Set.of(".js", ".mjs", ".cjs"));
    }
  }

  private void choose(String name, String version, String by) {
    if (runtime.containsKey(name)) {
      return;
    }
    TemplateRef ref = new TemplateRef(name, version);
    runtime.put(name, ref);
    notes.add("chose " + ref + " (" + by + ")");
  }

  /** As much of it as a template is likely to match. */
  private static String cut(String version, int components) {
    String[] parts = version.split("\\.", -1);
    return String.join(".", List.of(parts).subList(0, Math.min(components, parts.length)));
  }

  private void pythonVersion(String text) {
    for (String line : lines(text)) {
      Matcher version = VERSION.matcher(line);
      if (version.matches()) {
        choose(PYTHON, cut(version.group(1), 2), ".python-version: " + line);
        return;
      }
      notes.add(
          "passed over " + Text.quote(line) + " of .python-version: it is no version of CPython");
    }
  }

  private void toolVersions(String text) {
    for (String line : lines(text)) {
      String[] words = line.split("\\s+", -1);
      String name = NAMES.getOrDefault(words[0], words[0]);
      Matcher version =
          (name.equals(JAVA) ? OF_VENDOR : VERSION).matcher(words.length > 1 ? words[1] : "");
      if (!templates.contains(name)) {
        notes.add(
            "passed over "
                + Text.quote(words[0])
                + " of .tool-versions: there is no such template");
      } else if (version.matches()) {
        String wish = cut(version.group(1), COMPONENTS.getOrDefault(name, 2));
        choose(name, wish, ".tool-versions: " + String.join(" ", words));
      } else {
        choose(name, "", ".tool-versions: " + String.join(" ", words));
      }
    }
  }

  private static List<String> lines(String text) {
    return text.lines()
        .map(line -> line.indexOf('#') < 0 ? line : line.substring(0, line.indexOf('#')))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .limit(100)
        .toList();
  }

  private void packageJson(@Nullable String text) {
    if (text == null) {
      return;
    }
    JsonNode json = json(text);
    if (json == null) {
      notes.add("passed over package.json: it is no JSON object");
      return;
    }
    JsonNode engines = json.path("engines").path("node");
    String range = engines.isString() ? engines.stringValue().strip() : "";
    Matcher major = MAJOR.matcher(range);
    if (major.matches()) {
      choose(NODE, major.group(1), "package.json, engines: " + range);
    } else {
      choose(NODE, "", "package.json" + (range.isEmpty() ? "" : ", engines: " + range));
    }
  }

  /** The object; null when it is none. */
  static @Nullable JsonNode json(String text) {
    try {
      JsonNode json = new JsonMapper().readTree(text);
      return json.isObject() ? json : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  private void named(String template, Set<String> endings) {
    names.stream()
        .filter(name -> endings.stream().anyMatch(name::endsWith))
        .sorted()
        .findFirst()
        .ifPresent(name -> choose(template, "", name));
  }
}
