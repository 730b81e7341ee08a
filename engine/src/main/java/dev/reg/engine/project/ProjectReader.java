package dev.reg.engine.project;

import dev.reg.engine.limit.LimitParser;
import dev.reg.engine.project.ProjectFile.Mount;
import dev.reg.engine.project.ProjectFile.Resources;
import dev.reg.engine.project.ProjectFile.Variable;
import dev.reg.error.RegException;
import dev.reg.template.NearMisses;
import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import dev.reg.template.Words;
import dev.reg.template.Yaml;
import dev.reg.template.Yaml.Mapping;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import dev.reg.template.Yaml.Sequence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what reg.yaml and a script's block have in common. docs/reg.schema.json says the same to
 * editors, and a test compares the two.
 */
final class ProjectReader {
  static final List<String> KEYS =
      List.of("runtime", "command", "workdir", "env", "mounts", "resources", "ignore");
  static final List<String> MOUNT_KEYS = List.of("source", "target", "readonly");
  static final List<String> RESOURCE_KEYS = List.of("memory", "cpus", "pids");

  /** Half of the kernel's MAX_ARG_STRLEN (linux/binfmts.h), which holds for one string of exec. */
  private static final int LONGEST_WORD = 65_536;

  private static final int LONGEST_PATH = 4095;

  /** Characters of a number in a message. */
  private static final int LONGEST_SHOWN = 40;

  private final Mistakes.Collector mistakes;

  private List<TemplateRef> runtime = List.of();
  private int runtimeLine;
  private List<String> command = List.of();
  private @Nullable String workdir;
  private final List<Variable> env = new ArrayList<>();
  private final List<Mount> mounts = new ArrayList<>();
  private @Nullable Resources resources;
  private final Ignore.Builder ignore = new Ignore.Builder();

  private ProjectReader(Mistakes.Collector mistakes) {
    this.mistakes = mistakes;
  }

  /**
   * Reads one YAML 1.2 document of at most {@link ProjectFile#LARGEST} bytes, without anchors,
   * aliases and tags.
   *
   * @param origin how messages name it
   */
  static ProjectFile read(String origin, byte[] document) throws Mistakes {
    Mistakes.Collector mistakes = new Mistakes.Collector();
    try {
      ProjectFile file = read(Yaml.parse(origin, document, ProjectFile.LARGEST), mistakes);
      mistakes.throwIfAny(origin);
      return file;
    } catch (Yaml.Malformed e) {
      throw Mistakes.one(origin, e.line(), e.problem());
    }
  }

  /** Reads the same from a tree of nodes; what there are mistakes in is left out. */
  static ProjectFile read(Node root, Mistakes.Collector mistakes) {
    return new ProjectReader(mistakes).file(root);
  }

  private ProjectFile file(Node root) {
    for (Pair pair : pairs(root, "the file", KEYS)) {
      Node value = pair.value();
      switch (pair.key().text()) {
        case "runtime" -> runtime(value);
        case "command" -> command = command(value);
        case "workdir" -> workdir = workdir(value);
        case "env" -> env(value);
        case "mounts" -> items(value, "mounts").forEach(this::mount);
        case "resources" -> resources(value);
        default -> ignore(value);
      }
    }
    return new ProjectFile(
        runtime, runtimeLine, command, workdir, env, mounts, resources, ignore.build());
  }

  private void runtime(Node node) {
    runtimeLine = node.line();
    List<TemplateRef> refs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Node item : node instanceof Sequence list ? list.items() : List.of(node)) {
      String text = text(item, "runtime", "a template as python@3.11, or a list of them");
      if (text == null) {
        continue;
      }
      try {
        TemplateRef ref = TemplateRef.parse(text);
        if (names.add(ref.name())) {
          refs.add(ref);
        } else {
          mistakes.add(item.line(), "runtime names " + ref.name() + " twice");
        }
      } catch (RegException e) {
        mistakes.add(item.line(), "runtime: " + e.line());
      }
    }
    runtime = refs;
  }

  private List<String> command(Node node) {
    if (!(node instanceof Sequence)) {
      String line = text(node, "command", "a line, or a list of words");
      try {
        List<String> words = line == null ? List.of() : Words.split(line);
        if (line != null && words.isEmpty()) {
          mistakes.add(node.line(), "command has no words");
        }
        return words;
      } catch (Words.Unfinished e) {
        mistakes.add(node.line(), "command " + e.reason());
        return List.of();
      }
    }
    List<String> words = new ArrayList<>();
    List<Node> items = items(node, "command");
    if (items.isEmpty()) {
      mistakes.add(node.line(), "command has no program");
    }
    for (int i = 0; i < items.size(); i++) {
      String word = i == 0 ? program(items.get(i)) : word(items.get(i), "a word of command");
      if (word != null) {
        words.add(word);
      }
    }
    return words;
  }

  private @Nullable String program(Node node) {
    String text = text(node, "the program of command", "text");
    return text == null ? null : word(node, "the program of command");
  }

  private @Nullable String workdir(Node node) {
    String text = text(node, "workdir", "a directory in the container");
    try {
      return text == null ? null : Places.absolute(text);
    } catch (Refused e) {
      mistakes.add(node.line(), "workdir " + e.reason());
      return null;
    }
  }

  private void env(Node node) {
    for (Pair pair : pairs(node, "env", null)) {
      String name = pair.key().text();
      boolean plain =
          !name.isEmpty()
              && name.indexOf('=') < 0
              && name.chars().noneMatch(Character::isWhitespace)
              && !Text.hasControl(name);
      if (!plain) {
        mistakes.add(
            pair.key().line(),
            Text.quote(name) + " names no variable: it is empty, or has '=' or white space in it");
      }
      if (isNothing(pair.value())) {
        env.add(new Variable(name, null));
      } else {
        String value = word(pair.value(), "the value of " + Text.quote(name));
        if (value != null) {
          env.add(new Variable(name, value));
        }
      }
    }
  }

  private void mount(Node node) {
    String source = null;
    String target = null;
    boolean readOnly = false;
    boolean complete = node instanceof Mapping;
    for (Pair pair : pairs(node, "a mount", MOUNT_KEYS)) {
      Node value = pair.value();
      switch (pair.key().text()) {
        case "source" -> {
          source = source(value);
          complete &= source != null;
        }
        case "target" -> {
          target = target(value);
          complete &= target != null;
        }
        default -> readOnly = truth(value, "readonly");
      }
    }
    if (source != null && target != null) {
      mounts.add(new Mount(source, target, readOnly, node.line()));
    } else if (complete) {
      mistakes.add(node.line(), "a mount has no " + (source == null ? "source" : "target"));
    }
  }

  private @Nullable String source(Node node) {
    String text = text(node, "source", "a path of the host");
    if (text == null) {
      return null;
    }
    if (text.startsWith("~")) {
      mistakes.add(
          node.line(),
          "source "
              + Text.quote(text)
              + " begins with ~, which only a shell knows: write the path");
      return null;
    }
    if (text.length() > LONGEST_PATH || text.indexOf('\0') >= 0) {
      mistakes.add(node.line(), "source is no path: it has a NUL or more than 4095 characters");
      return null;
    }
    return text;
  }

  private @Nullable String target(Node node) {
    String text = text(node, "target", "a path in the container");
    try {
      return text == null ? null : Places.mountPoint(text);
    } catch (Refused e) {
      mistakes.add(node.line(), "target " + e.reason());
      return null;
    }
  }

  private void resources(Node node) {
    String memory = null;
    String cpus = null;
    String pids = null;
    LimitParser parser = new LimitParser();
    for (Pair pair : pairs(node, "resources", RESOURCE_KEYS)) {
      Node value = pair.value();
      switch (pair.key().text()) {
        case "memory" -> memory = limit(value, "memory", parser::memory);
        case "cpus" -> cpus = limit(value, "cpus", parser::cpus);
        default -> pids = limit(value, "pids", parser::pids);
      }
    }
    resources = new Resources(memory, cpus, pids, node.line());
  }

  private interface Limit {
    void parse(String what, String text) throws RegException;
  }

  private @Nullable String limit(Node node, String what, Limit limit) {
    if (!(node instanceof Scalar scalar) || isNothing(node)) {
      mistakes.add(node.line(), what + " wants one value, not " + form(node));
      return null;
    }
    try {
      String text = Kind.digits(scalar);
      limit.parse(what, text);
      return text;
    } catch (RegException e) {
      mistakes.add(node.line(), e.line());
      return null;
    }
  }

  private void ignore(Node node) {
    for (Node item : items(node, "ignore")) {
      String text = text(item, "a pattern of ignore", "text");
      if (text != null) {
        try {
          ignore.add(text);
        } catch (Refused e) {
          mistakes.add(item.line(), "ignore " + e.reason());
        }
      }
    }
  }

  /** Text that is not empty. */
  private @Nullable String text(Node node, String what, String wanted) {
    Kind kind = node instanceof Scalar scalar ? Kind.of(scalar) : null;
    if (node instanceof Scalar scalar && kind == Kind.TEXT && !scalar.text().isEmpty()) {
      return scalar.text();
    }
    boolean quotes = kind == Kind.NUMBER || kind == Kind.TRUTH;
    mistakes.add(
        node.line(),
        what
            + " wants "
            + wanted
            + ", not "
            + form(node)
            + (quotes ? "; as text it needs quotes" : ""));
    return null;
  }

  /**
   * Text as it is written, be it a number or a boolean; it may be empty, but not nothing, and fits
   * into a program's arguments.
   */
  private @Nullable String word(Node node, String what) {
    if (!(node instanceof Scalar scalar) || isNothing(node)) {
      mistakes.add(node.line(), what + " wants text, not " + form(node));
    } else if (scalar.text().indexOf('\0') >= 0 || scalar.text().length() > LONGEST_WORD) {
      mistakes.add(node.line(), what + " has a NUL character, or more than 65536");
    } else {
      return scalar.text();
    }
    return null;
  }

  private boolean truth(Node node, String what) {
    if (node instanceof Scalar scalar && Kind.of(scalar) == Kind.TRUTH) {
      return Kind.isYes(scalar);
    }
    mistakes.add(node.line(), what + " wants true or false, not " + form(node));
    return false;
  }

  private List<Node> items(Node node, String what) {
    if (node instanceof Sequence sequence) {
      return sequence.items();
    }
    mistakes.add(node.line(), what + " wants a list, as in [a, b], not " + form(node));
    return List.of();
  }

  /** The pairs with known keys; any key when these are null. */
  private List<Pair> pairs(Node node, String what, @Nullable List<String> known) {
    if (!(node instanceof Mapping mapping)) {
      mistakes.add(node.line(), what + " wants a mapping, as in {a: b}, not " + form(node));
      return List.of();
    }
    Set<String> seen = new HashSet<>();
    List<Pair> pairs = new ArrayList<>();
    for (Pair pair : mapping.pairs()) {
      String key = pair.key().text();
      if (known != null && !known.contains(key)) {
        mistakes.add(pair.key().line(), "unknown key " + Text.quote(key) + hint(key, known));
      } else if (!seen.add(key)) {
        mistakes.add(pair.key().line(), what + " has " + Text.quote(key) + " twice");
      } else {
        pairs.add(pair);
      }
    }
    return pairs;
  }

  private static String hint(String key, List<String> known) {
    List<String> near = NearMisses.of(key, known);
    return near.isEmpty()
        ? "; there are " + String.join(", ", known)
        : "; did you mean '" + near.getFirst() + "'?";
  }

  private static String form(Node node) {
    return switch (node) {
      case Mapping mapping -> "a mapping";
      case Sequence sequence -> "a list";
      case Scalar scalar -> form(scalar);
    };
  }

  private static String form(Scalar scalar) {
    Kind kind = Kind.of(scalar);
    return switch (kind) {
      case NOTHING -> kind.words();
      case TRUTH, NUMBER -> kind.words() + cut(scalar.text());
      case TEXT -> Text.quote(scalar.text());
    };
  }

  private static String cut(String number) {
    return number.length() > LONGEST_SHOWN ? number.substring(0, LONGEST_SHOWN) + "…" : number;
  }

  private static boolean isNothing(Node node) {
    return node instanceof Scalar scalar && Kind.of(scalar) == Kind.NOTHING;
  }
}
