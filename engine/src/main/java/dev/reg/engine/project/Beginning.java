package dev.reg.engine.project;

import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reg.yaml that a project may begin with, by what is in its directory.
 *
 * @param runtime wishes, the one first that the command is of; empty when nothing says it
 * @param command empty when nothing says it
 * @param notes a line for each choice and what it was made by
 */
public record Beginning(List<TemplateRef> runtime, List<String> command, List<String> notes) {
  /** What other tools' files say, which are read when they are there. */
  public static final List<String> READ =
      List.of(".python-version", ".tool-versions", "package.json");

  /** Bytes of each of {@link #READ}. */
  public static final int LARGEST = 1024 * 1024;

  public Beginning {
    runtime = List.copyOf(runtime);
    command = List.copyOf(command);
    notes = List.copyOf(notes);
  }

  /**
   * Looks at a directory.
   *
   * @param names what is in it
   * @param texts what those of {@link #READ} say that are there
   * @param templates names of the templates that can be had
   */
  public static Beginning of(
      List<String> names, Map<String, String> texts, List<String> templates) {
    List<String> notes = new ArrayList<>();
    Map<String, TemplateRef> runtime = new LinkedHashMap<>();
    new Runtimes(names, texts, templates, runtime, notes).choose();
    if (runtime.isEmpty()) {
      return new Beginning(List.of(), List.of(), notes);
    }
    List<TemplateRef> refs = List.copyOf(runtime.values());
    List<String> command =
        Programs.command(refs.getFirst().name(), names, texts.get("package.json"), notes);
    return new Beginning(refs, command, notes);
  }

  /**
   * The file's text.
   *
   * @param schema where the schema is that editors go by; null for nowhere
   */
  public String text(@Nullable String schema, boolean git) {
    StringBuilder out = new StringBuilder();
    if (schema != null) {
      out.append("# yaml-language-server: $schema=").append(schema).append('\n');
    }
    List<String> wishes = runtime.stream().map(TemplateRef::toString).toList();
    out.append("runtime: ")
        .append(wishes.size() == 1 ? wishes.getFirst() : "[" + String.join(", ", wishes) + "]")
        .append('\n');
    if (command.isEmpty()) {
      out.append("# command: [PROGRAM, ARGUMENT]\n");
    } else {
      List<String> words = command.stream().map(Beginning::word).toList();
      out.append("command: [").append(String.join(", ", words)).append("]\n");
    }
    if (git) {
      out.append("ignore: [.git]    # what --project-mode copy leaves out\n");
    }
    return out.append(
            """
            # workdir: /app
            # env: {PORT: "8080"}
            # mounts: [{source: ./data, target: /data, readonly: true}]
            # resources: {memory: 128m, cpus: 0.5, pids: 64}
            """)
        .toString();
  }

  /** As YAML reads it back, whatever a file is called. */
  private static String word(String word) {
    if (word.matches("[A-Za-z][A-Za-z0-9_./-]*")) {
      return word;
    }
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Text.isControl(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
