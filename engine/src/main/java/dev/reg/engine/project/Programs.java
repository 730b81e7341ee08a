package dev.reg.engine.project;

import dev.reg.template.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which of a project's files is its program. */
final class Programs {
  private static final Map<String, List<String>> USUAL =
      Map.of(
          Runtimes.PYTHON, List.of("main.py", "app.py", "server.py", "manage.py", "__main__.py"),
          Runtimes.NODE, List.of("index.js", "server.js", "app.js", "main.js", "index.mjs"));

  private static final Map<String, String> ENDING =
      Map.of(Runtimes.PYTHON, ".py", Runtimes.NODE, ".js");

  private static final Map<String, String> INTERPRETER =
      Map.of(Runtimes.PYTHON, "python3", Runtimes.NODE, "node");

  private static final Pattern START = Pattern.compile("node\\s+(\\S+)");

  private Programs() {}

  /**
   * The command; empty when nothing says it.
   *
   * @param packageJson its text; null without one
   */
  static List<String> command(
      String template, List<String> names, @Nullable String packageJson, List<String> notes) {
    String interpreter = INTERPRETER.get(template);
    if (interpreter == null) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    if (template.equals(Runtimes.NODE) && packageJson != null) {
      declared(names, packageJson, found);
    }
    USUAL.getOrDefault(template, List.of()).stream().filter(names::contains).forEach(found::add);
    if (found.isEmpty()) {
      String ending = ENDING.getOrDefault(template, "");
      List<String> only = names.stream().filter(name -> name.endsWith(ending)).toList();
      if (only.size() == 1) {
        found.addAll(only);
      }
    }
    if (found.isEmpty()) {
      notes.add("chose no command: nothing says which file is the program");
      return List.of();
    }
    notes.add("chose the command " + interpreter + " " + Text.plain(found.getFirst()));
    return List.of(interpreter, found.getFirst());
  }

  private static void declared(List<String> names, String packageJson, List<String> found) {
    JsonNode json = Runtimes.json(packageJson);
    if (json == null) {
      return;
    }
    JsonNode start = json.path("scripts").path("start");
    Matcher node = START.matcher(start.isString() ? start.stringValue().strip() : "");
    if (node.matches()) {
      found.add(node.group(1));
    }
    JsonNode main = json.path("main");
    if (main.isString() && names.contains(main.stringValue())) {
      found.add(main.stringValue());
    }
  }
}
