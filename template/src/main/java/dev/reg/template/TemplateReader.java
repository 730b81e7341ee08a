package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.ContainerPath.Refused;
import dev.reg.template.Yaml.Mapping;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import dev.reg.template.Yaml.Sequence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a template file: ARCHITECTURE.md, "Templates", which is the paper's Figure 6 and more. */
public final class TemplateReader {
  /** Bytes of a template file. */
  static final int MAX_BYTES = 16 * 1024 * 1024;

  private static final Set<String> KEYS =
      Set.of(
          "name",
          "version",
          "requires",
          "files",
          "libs",
          "links",
          "directories",
          "environment",
          "command");
  private static final Set<String> FILE_KEYS = Set.of("path", "digest", "mode");
  private static final Pattern MODE = Pattern.compile("[0-7]{3,4}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");

  /** Half of the kernel's MAX_ARG_STRLEN (linux/binfmts.h), which holds for one string of exec. */
  private static final int MAX_WORD = 65_536;

  private static final int MAX_WORDS = 1_000;
  private static final int MAX_REQUIRES = 1_000;

  private final Problems problems;
  private final PathTable paths;

  private String name = "";
  private @Nullable Version version;
  private final List<TemplateRef> requires = new ArrayList<>();
  private final List<TemplateFile> files = new ArrayList<>();
  private final List<TemplateLib> libs = new ArrayList<>();
  private final TreeMap<String, String> links = new TreeMap<>();
  private final List<String> directories = new ArrayList<>();
  private final TreeMap<String, String> environment = new TreeMap<>();
  private final List<String> command = new ArrayList<>();

  private TemplateReader(Problems problems) {
    this.problems = problems;
    this.paths = new PathTable(problems);
  }

  /**
   * Reads one YAML 1.2 document of at most 16 MiB and 200,000 paths.
   *
   * @param origin how messages name the document, a path or a URL
   * @throws RegException INVALID with every problem and its line
   */
  public static Template read(String origin, byte[] document) throws RegException {
    String task = "cannot read template " + Text.quote(origin);
    Problems problems = new Problems(task);
    Template template = new TemplateReader(problems).template(parse(task, origin, document));
    problems.throwIfAny();
    if (template == null) {
      throw new AssertionError("a template without a problem and without a value");
    }
    return template;
  }

  private static Node parse(String task, String origin, byte[] document) throws RegException {
    try {
      return Yaml.parse(origin, document, MAX_BYTES);
    } catch (Yaml.Malformed e) {
      String line = e.line() > 0 ? "line " + e.line() + ": " : "";
      throw new RegException(ErrorKind.INVALID, task + ": " + line + e.problem(), e);
    }
  }

  private @Nullable Template template(Node root) {
    if (!(root instanceof Mapping mapping)) {
      problems.add(root.line(), "a template is a mapping that begins with name and version");
      return null;
    }
    Set<String> seen = new HashSet<>();
    for (Pair pair : mapping.pairs()) {
      String key = pair.key().text();
      if (!seen.add(key)) {
        problems.add(pair.key().line(), "the key " + Text.quote(key) + " is there twice");
      } else {
        field(pair);
      }
    }
    for (String key : List.of("name", "version")) {
      if (!seen.contains(key)) {
        problems.add(root.line(), key + " is missing");
      }
    }
    paths.checkParents();
    if (version == null) {
      return null;
    }
    return new Template(
        name, version, requires, files, libs, links, directories, environment, command);
  }

  private void field(Pair pair) {
    Node value = pair.value();
    switch (pair.key().text()) {
      case "name" -> name(value);
      case "version" -> version(value);
      case "requires" -> requires(value);
      case "files" -> files(value);
      case "libs" -> libs(value);
      case "links" -> links(value);
      case "directories" -> directories(value);
      case "environment" -> environment(value);
      case "command" -> command(value);
      default -> unknown(pair.key(), KEYS);
    }
  }

  private void unknown(Scalar key, Set<String> known) {
    List<String> near = NearMisses.of(key.text(), known);
    String hint =
        near.isEmpty()
            ? "; there are " + String.join(", ", known.stream().sorted().toList())
            : "; did you mean " + near.getFirst() + "?";
    problems.add(key.line(), "unknown key " + Text.quote(key.text()) + hint);
  }

  private void name(Node node) {
    String text = text(node, "name");
    if (text != null) {
      try {
        name = TemplateRef.parse(text).name();
        if (!name.equals(text)) {
          problems.add(node.line(), "name " + Text.quote(text) + " has a version in it");
        }
      } catch (RegException e) {
        problems.add(node.line(), "name " + e.line());
      }
    }
  }

  private void version(Node node) {
    String text = text(node, "version");
    if (text != null) {
      try {
        version = Version.parse(text);
      } catch (RegException e) {
        problems.add(node.line(), "version " + e.line());
      }
    }
  }

  private void requires(Node node) {
    Set<String> names = new HashSet<>();
    for (Node item : items(node, "requires", MAX_REQUIRES)) {
      String text = text(item, "requires");
      if (text == null) {
        continue;
      }
      try {
        TemplateRef ref = TemplateRef.parse(text);
        if (!names.add(ref.name())) {
          problems.add(item.line(), "requires names " + ref.name() + " twice");
        }
        requires.add(ref);
      } catch (RegException e) {
        problems.add(item.line(), "requires: " + e.line());
      }
    }
  }

  private void files(Node node) {
    for (Pair pair : pairs(node, "files")) {
      String source = pair.key().text();
      int line = pair.key().line();
      String what = "file " + Text.quote(source);
      try {
        ContainerPath.checkSource(source);
      } catch (Refused e) {
        problems.add(line, "source " + Text.quote(source) + " " + e.getMessage());
      }
      Details details = details(pair.value(), what);
      if (details.path != null) {
        paths.add(details.path, line, what, details.digest != null);
        files.add(new TemplateFile(source, details.path, details.digest, details.mode));
      } else if (!details.failed) {
        problems.add(line, what + " has no path");
      }
    }
  }

  private void libs(Node node) {
    Set<String> unplaced = new HashSet<>();
    for (Node item : items(node, "libs", PathTable.MAX_PATHS)) {
      Details details = new Details();
      String lib;
      if (item instanceof Mapping mapping && mapping.pairs().size() == 1) {
        lib = mapping.pairs().getFirst().key().text();
        details = details(mapping.pairs().getFirst().value(), "lib " + Text.quote(lib));
      } else if (item instanceof Scalar scalar) {
        lib = scalar.text();
      } else {
        problems.add(item.line(), "a lib is NAME@ABI or NAME@ABI: {path: …, digest: …, mode: …}");
        continue;
      }
      if (!TemplateLib.isName(lib)) {
        problems.add(
            item.line(), "lib " + Text.quote(lib) + " is not a library's name, as in libc@6");
      } else if (details.path != null) {
        paths.add(details.path, item.line(), "lib " + lib, true);
      } else if (!details.failed && !unplaced.add(lib)) {
        problems.add(item.line(), "lib " + Text.quote(lib) + " is there twice");
      }
      libs.add(new TemplateLib(lib, details.path, details.digest, details.mode));
    }
  }

  /** What a file or lib says about itself. */
  private static final class Details {
    @Nullable String path;
    @Nullable Digest digest;
    @Nullable Integer mode;
    boolean failed;
  }

  private Details details(Node node, String what) {
    Details details = new Details();
    if (node instanceof Scalar scalar) {
      details.path = path(scalar, what);
      details.failed = details.path == null;
      return details;
    }
    for (Pair pair : pairs(node, what)) {
      Scalar key = pair.key();
      if (!FILE_KEYS.contains(key.text())) {
        unknown(key, FILE_KEYS);
        details.failed = true;
      } else if (!(pair.value() instanceof Scalar value)) {
        problems.add(pair.value().line(), key.text() + " of " + what + " must be text");
        details.failed = true;
      } else {
        detail(details, key.text(), value, what);
      }
    }
    return details;
  }

  private void detail(Details details, String key, Scalar value, String what) {
    switch (key) {
      case "path" -> {
        details.path = path(value, what);
        details.failed |= details.path == null;
      }
      case "digest" -> {
        try {
          details.digest = Digest.parse(value.text());
        } catch (RegException e) {
          problems.add(value.line(), what + ": " + e.line());
        }
      }
      default -> details.mode = mode(value, what);
    }
  }

  private @Nullable String path(Scalar scalar, String what) {
    try {
      return ContainerPath.normalizeFile(scalar.text());
    } catch (Refused e) {
      problems.add(
          scalar.line(),
          "path " + Text.quote(scalar.text()) + " of " + what + " " + e.getMessage());
      return null;
    }
  }

  private @Nullable Integer mode(Scalar scalar, String what) {
    String text = scalar.text();
    if (!MODE.matcher(text).matches()) {
      problems.add(
          scalar.line(),
          "mode " + Text.quote(text) + " of " + what + " is not octal, as in \"0755\"");
      return null;
    }
    int mode = Integer.parseInt(text, 8);
    if (mode > 0777) {
      problems.add(
          scalar.line(),
          "mode "
              + Text.quote(text)
              + " of "
              + what
              + " has setuid, setgid or sticky, which containers ignore: leave it out");
      return null;
    }
    return mode;
  }

  private void links(Node node) {
    for (Pair pair : pairs(node, "links")) {
      String target = text(pair.value(), "the target of link " + Text.quote(pair.key().text()));
      String path = path(pair.key(), "a link");
      if (path == null || target == null) {
        continue;
      }
      try {
        ContainerPath.checkTarget(path, target);
      } catch (Refused e) {
        problems.add(
            pair.value().line(),
            "target " + Text.quote(target) + " of link " + Text.quote(path) + " " + e.getMessage());
      }
      paths.add(path, pair.key().line(), "a link", true);
      links.put(path, target);
    }
  }

  private void directories(Node node) {
    for (Node item : items(node, "directories", PathTable.MAX_PATHS)) {
      String text = text(item, "directories");
      if (text == null) {
        continue;
      }
      try {
        String path = ContainerPath.normalize(text);
        paths.add(path, item.line(), "a directory", false);
        directories.add(path);
      } catch (Refused e) {
        problems.add(item.line(), "directory " + Text.quote(text) + " " + e.getMessage());
      }
    }
  }

  private void environment(Node node) {
    for (Pair pair : pairs(node, "environment")) {
      String variable = pair.key().text();
      if (!VARIABLE.matcher(variable).matches()) {
        problems.add(
            pair.key().line(),
            Text.quote(variable) + " names no variable: letters, digits and _, no digit first");
      }
      String value = word(pair.value(), "the value of " + Text.quote(variable));
      if (value != null) {
        environment.put(variable, value);
      }
    }
  }

  private void command(Node node) {
    if (node instanceof Scalar scalar && !isNothing(scalar)) {
      if (scalar.text().chars().anyMatch(Character::isWhitespace)) {
        problems.add(
            scalar.line(),
            "command is more than one word: write a list, as in [python3, -m, http.server]");
      }
      String word = word(scalar, "command");
      if (word != null) {
        command.add(word);
      }
      return;
    }
    for (Node item : items(node, "command", MAX_WORDS)) {
      String word = word(item, "command");
      if (word != null) {
        command.add(word);
      }
    }
    if (!command.isEmpty() && command.getFirst().isEmpty()) {
      problems.add(node.line(), "command begins with an empty word");
    }
  }

  private @Nullable String word(Node node, String what) {
    if (!(node instanceof Scalar scalar)) {
      problems.add(node.line(), what + " must be text");
    } else if (scalar.text().indexOf(0) >= 0) {
      problems.add(node.line(), what + " has a NUL character");
    } else if (scalar.text().length() > MAX_WORD) {
      problems.add(node.line(), what + " is longer than " + MAX_WORD + " characters");
    } else {
      return scalar.text();
    }
    return null;
  }

  private @Nullable String text(Node node, String what) {
    if (node instanceof Scalar scalar && !isNothing(scalar)) {
      return scalar.text();
    }
    problems.add(
        node.line(), what + (node instanceof Scalar ? " is empty" : " must be text, one value"));
    return null;
  }

  private List<Node> items(Node node, String what, int limit) {
    if (node instanceof Sequence sequence) {
      if (sequence.items().size() > limit) {
        problems.add(node.line(), what + " has more than " + limit + " entries");
        return List.of();
      }
      return sequence.items();
    }
    if (!(node instanceof Scalar scalar && isNothing(scalar))) {
      problems.add(node.line(), what + " must be a list, as in [a, b]");
    }
    return List.of();
  }

  private List<Pair> pairs(Node node, String what) {
    if (!(node instanceof Mapping mapping)) {
      if (!(node instanceof Scalar scalar && isNothing(scalar))) {
        problems.add(node.line(), what + " must be a mapping, as in {a: b}");
      }
      return List.of();
    }
    Map<String, Pair> unique = new java.util.LinkedHashMap<>();
    for (Pair pair : mapping.pairs()) {
      if (unique.putIfAbsent(pair.key().text(), pair) != null) {
        problems.add(
            pair.key().line(), Text.quote(pair.key().text()) + " is in " + what + " twice");
      }
    }
    return List.copyOf(unique.values());
  }

  private static boolean isNothing(Scalar scalar) {
    return scalar.plain() && scalar.text().isEmpty();
  }
}
