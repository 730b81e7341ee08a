package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.ContainerPath.Refused;
import dev.reg.template.Yaml.Mapping;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
          "accounts",
          "user",
          "level",
          "waive",
          "trace",
          "environment",
          "command");
  private static final Set<String> FILE_KEYS = Set.of("path", "digest", "mode");
  private static final Set<String> DIRECTORY_KEYS = Set.of("path", "mode");
  private static final int HIGHEST_MODE = 0777;
  private static final int MAX_REQUIRES = 1_000;

  private final Problems problems;
  private final TemplateNodes nodes;
  private final ExecutionReader execution;
  private final PathTable paths;

  private String name = "";
  private @Nullable Version version;
  private final List<TemplateRef> requires = new ArrayList<>();

  /** The line of each name that is required. */
  private final Map<String, Integer> required = new HashMap<>();

  private final List<TemplateFile> files = new ArrayList<>();
  private final List<TemplateLib> libs = new ArrayList<>();
  private final TreeMap<String, String> links = new TreeMap<>();
  private final List<TemplateDirectory> directories = new ArrayList<>();
  private Level level = Level.NONE;
  private int levelLine;
  private final TreeMap<String, String> waive = new TreeMap<>();
  private final List<List<String>> trace = new ArrayList<>();
  private int commands;

  private TemplateReader(Problems problems) {
    this.problems = problems;
    this.nodes = new TemplateNodes(problems);
    this.execution = new ExecutionReader(nodes);
    this.paths = new PathTable(problems);
  }

  /**
   * Reads one YAML 1.2 document of at most 16 MiB and 200,000 paths.
   *
   * @param origin how messages name the document, a path or a URL
   * @throws RegException INVALID with every problem and its line
   */
  public static Template read(String origin, byte[] document) throws RegException {
    return read(origin, parse(origin, document));
  }

  /** As {@link #read(String, byte[])}, of what {@link #parse} found. */
  public static Template read(String origin, Node root) throws RegException {
    Problems problems = new Problems(task(origin));
    Template template = new TemplateReader(problems).template(root);
    problems.throwIfAny();
    if (template == null) {
      throw new AssertionError("a template without a problem and without a value");
    }
    return template;
  }

  /**
   * What is in a document, for whoever has to find out first whether it is a template.
   *
   * @throws RegException INVALID when it is not one YAML document within the bounds
   */
  public static Node parse(String origin, byte[] document) throws RegException {
    try {
      return Yaml.parse(origin, document, MAX_BYTES);
    } catch (Yaml.Malformed e) {
      String line = e.line() > 0 ? "line " + e.line() + ": " : "";
      throw new RegException(ErrorKind.INVALID, task(origin) + ": " + line + e.problem(), e);
    }
  }

  private static String task(String origin) {
    return "cannot read template " + Text.quote(origin);
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
    checkRequires();
    checkTrace(root);
    paths.checkParents();
    if (version == null) {
      return null;
    }
    return new Template(
        name,
        version,
        requires,
        files,
        libs,
        links,
        directories,
        level,
        waive,
        trace,
        execution.result());
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
      case "accounts" -> accounts(value);
      case "user" -> execution.user(value);
      case "level" -> level(value);
      case "waive" -> waive(value);
      case "trace" -> trace(value);
      case "environment" -> execution.environment(value);
      case "command" -> execution.command(value);
      default -> nodes.unknown(pair.key(), KEYS);
    }
  }

  private void name(Node node) {
    String text = nodes.text(node, "name");
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
    String text = nodes.text(node, "version");
    if (text != null) {
      try {
        version = Version.parse(text);
      } catch (RegException e) {
        problems.add(node.line(), "version " + e.line());
      }
    }
  }

  private void requires(Node node) {
    for (Node item : nodes.items(node, "requires", MAX_REQUIRES)) {
      String text = nodes.text(item, "requires");
      if (text == null) {
        continue;
      }
      try {
        TemplateRef ref = TemplateRef.parse(text);
        if (required.putIfAbsent(ref.name(), item.line()) != null) {
          problems.add(item.line(), "requires names " + ref.name() + " twice");
        }
        requires.add(ref);
      } catch (RegException e) {
        problems.add(item.line(), "requires: " + e.line());
      }
    }
  }

  /** When everything was read: the name may stand after what it requires. */
  private void checkRequires() {
    Integer line = required.get(name);
    if (line != null) {
      problems.add(line, "requires names the template itself");
    }
  }

  private void files(Node node) {
    for (Pair pair : nodes.pairs(node, "files")) {
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
    for (Node item : nodes.items(node, "libs", PathTable.MAX_PATHS)) {
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
      details.path = nodes.path(scalar, what);
      details.failed = details.path == null;
      return details;
    }
    for (Pair pair : nodes.pairs(node, what)) {
      Scalar key = pair.key();
      if (!FILE_KEYS.contains(key.text())) {
        nodes.unknown(key, FILE_KEYS);
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
        details.path = nodes.path(value, what);
        details.failed |= details.path == null;
      }
      case "digest" -> {
        try {
          details.digest = Digest.parse(value.text());
        } catch (RegException e) {
          problems.add(value.line(), what + ": " + e.line());
        }
      }
      default -> details.mode = nodes.mode(value, what, HIGHEST_MODE);
    }
  }

  private void links(Node node) {
    for (Pair pair : nodes.pairs(node, "links")) {
      String target =
          nodes.text(pair.value(), "the target of link " + Text.quote(pair.key().text()));
      String path = nodes.path(pair.key(), "a link");
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
    for (Node item : nodes.items(node, "directories", PathTable.MAX_PATHS)) {
      Integer mode = TemplateDirectory.USUAL_MODE;
      Node place = item;
      if (item instanceof Mapping mapping) {
        Map<String, Node> fields = nodes.fields(mapping, "a directory", DIRECTORY_KEYS);
        place = fields.getOrDefault("path", item);
        if (fields.get("mode") instanceof Scalar given) {
          mode = nodes.mode(given, "a directory", TemplateDirectory.HIGHEST_MODE);
        } else if (fields.containsKey("mode")) {
          problems.add(item.line(), "mode of a directory must be text");
        }
      }
      String text = nodes.text(place, "the path of a directory");
      if (text != null && mode != null) {
        directory(item, text, mode);
      }
    }
  }

  private void directory(Node item, String text, int mode) {
    try {
      String path = ContainerPath.normalize(text);
      paths.add(path, item.line(), "a directory", false);
      directories.add(new TemplateDirectory(path, mode));
    } catch (Refused e) {
      problems.add(item.line(), "directory " + Text.quote(text) + " " + e.getMessage());
    }
  }

  private void accounts(Node node) {
    execution.accounts(node);
    if (execution.hasAccounts()) {
      Accounts.FILES.forEach(path -> paths.add(path, node.line(), "the accounts", true));
    }
  }

  private void level(Node node) {
    levelLine = node.line();
    String text = nodes.text(node, "level");
    Optional<Level> named = text == null ? Optional.empty() : Level.of(text);
    if (text != null && named.isEmpty()) {
      problems.add(node.line(), "level " + Text.quote(text) + " is none of these: " + Level.WORDS);
    }
    level = named.orElse(Level.NONE);
  }

  private void waive(Node node) {
    for (Pair pair : nodes.pairs(node, "waive")) {
      String profile = pair.key().text();
      String reason = nodes.text(pair.value(), "the reason to waive " + Text.quote(profile));
      String fault = reason == null ? null : Waiver.fault(profile, reason);
      if (fault != null) {
        problems.add(pair.key().line(), fault);
      } else if (reason != null) {
        waive.put(profile, reason);
      }
    }
  }

  private void trace(Node node) {
    for (Node item : nodes.items(node, "trace", TracedCommand.MOST)) {
      commands++;
      List<String> words = item instanceof Scalar line ? split(line) : words(item);
      String fault = words == null ? null : TracedCommand.fault(words);
      if (fault != null) {
        problems.add(item.line(), fault);
      } else if (words != null) {
        trace.add(words);
      }
    }
  }

  private @Nullable List<String> split(Scalar line) {
    try {
      return Words.split(line.text());
    } catch (Words.Unfinished e) {
      problems.add(line.line(), "a command of trace " + e.reason());
      return null;
    }
  }

  private @Nullable List<String> words(Node node) {
    List<String> words = new ArrayList<>();
    for (Node item : nodes.items(node, "a command of trace", TracedCommand.MOST_WORDS)) {
      String word = nodes.word(item, "a word of a command of trace");
      if (word == null) {
        return null;
      }
      words.add(word);
    }
    return words;
  }

  /** When everything was read: the level may stand after the commands. */
  private void checkTrace(Node root) {
    String fault = TracedCommand.fault(level, commands);
    if (fault != null) {
      problems.add(levelLine == 0 ? root.line() : levelLine, fault);
    }
  }
}
