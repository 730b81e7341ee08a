package dev.reg.build;

import dev.reg.build.Recipe.Concat;
import dev.reg.build.Recipe.Post;
import dev.reg.build.Recipe.TextFile;
import dev.reg.build.Recipe.VersionSource;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Accounts;
import dev.reg.template.Accounts.User;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.TemplateRef;
import dev.reg.template.TracedCommand;
import dev.reg.template.Waiver;
import dev.reg.template.Words;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads a recipe strictly; every problem in it is reported at once. */
final class RecipeReader {
  /** Bytes in a recipe. */
  static final int LARGEST = 1 << 20;

  /** The name of a template. */
  static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9+._-]{0,63}");

  /** The name of a package, Debian Policy 5.6.1. */
  static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]{0,127}");

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
  private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");
  private static final Pattern DIRECTORY_MODE = Pattern.compile("[01]?[0-7]{3}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
  private static final List<String> SLICES = List.of("bins", "libs", "data", "config");

  private final List<String> problems = new ArrayList<>();

  private RecipeReader() {}

  /** Throws INVALID naming {@code origin} and all that is wrong. */
  static Recipe read(String origin, byte[] yaml) throws RegException {
    RecipeReader reader = new RecipeReader();
    Node root = Node.parse(origin, yaml, reader.problems);
    Recipe recipe = reader.recipe(root);
    if (!reader.problems.isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot use the recipe " + Text.line(origin) + ": " + String.join("; ", reader.problems));
    }
    return recipe;
  }

  private Recipe recipe(Node root) {
    Node include = root.child("include");
    List<Glob> programs = globs(include.child("bins"));
    List<Recipe.Wanted> all = new ArrayList<>();
    for (String slice : SLICES) {
      globs(include.child(slice)).forEach(glob -> all.add(new Recipe.Wanted(slice, glob)));
    }
    include.refuseOthers();
    String name = name(root.child("name"));
    Recipe recipe =
        new Recipe(
            name,
            version(root.child("version")),
            packages(root.child("packages")),
            packages(root.child("optional")),
            requires(root.child("requires"), name),
            programs,
            all,
            globs(root.child("exclude")),
            links(root.child("links")),
            root.child("text").items().stream().map(this::text).toList(),
            root.child("concat").items().stream().map(this::concat).toList(),
            root.child("directories").items().stream().map(this::directory).toList(),
            level(root.child("level")),
            waive(root.child("waive")),
            trace(root.child("trace")),
            execution(root),
            post(root.child("post")));
    root.refuseOthers();
    checkTrace(root, recipe.level());
    if (recipe.packages().isEmpty()) {
      problems.add("packages names none");
    }
    if (all.isEmpty()) {
      problems.add("include names no files");
    }
    return recipe;
  }

  private String name(Node node) {
    return matching(node, NAME, "a template name ([a-z0-9][a-z0-9+._-]*, at most 64 characters)");
  }

  private String matching(Node node, Pattern pattern, String what) {
    String text = node.text();
    if (text != null && !pattern.matcher(text).matches()) {
      node.problem("must be " + what + ", not " + Text.quote(text));
    }
    return text == null ? "" : text;
  }

  private VersionSource version(Node node) {
    Node name = node.child("package");
    Node match = node.child("match");
    node.refuseOthers();
    if (name.isPresent() == match.isPresent()) {
      node.problem("needs either 'package' or 'match'");
      return new VersionSource.OfPackage("");
    }
    if (name.isPresent()) {
      return new VersionSource.OfPackage(matching(name, PACKAGE, "a package name"));
    }
    String text = match.text();
    try {
      return new VersionSource.OfMatch(Pattern.compile(text == null ? "" : text));
    } catch (PatternSyntaxException e) {
      match.problem("is no regular expression: " + e.getDescription());
      return new VersionSource.OfPackage("");
    }
  }

  private List<String> packages(Node node) {
    return node.items().stream().map(item -> matching(item, PACKAGE, "a package name")).toList();
  }

  private List<TemplateRef> requires(Node node, String name) {
    List<TemplateRef> refs = new ArrayList<>();
    for (Node item : node.items()) {
      String text = item.text();
      try {
        if (text != null) {
          TemplateRef ref = TemplateRef.parse(text);
          if (ref.name().equals(name)) {
            item.problem("names the template itself");
          }
          refs.add(ref);
        }
      } catch (RegException e) {
        item.problem(e.line());
      }
    }
    return refs;
  }

  private List<Glob> globs(Node node) {
    List<Glob> globs = new ArrayList<>();
    for (Node item : node.items()) {
      Glob glob = glob(item);
      if (glob != null) {
        globs.add(glob);
      }
    }
    return globs;
  }

  private @Nullable Glob glob(Node node) {
    String text = node.text();
    try {
      return text == null ? null : Glob.of(text);
    } catch (IllegalArgumentException e) {
      node.problem(Text.quote(String.valueOf(text)) + " " + e.getMessage());
      return null;
    }
  }

  /** Absolute and normalised; {@code /bin/x} becomes {@code /usr/bin/x}. */
  private String path(Node node) {
    String text = node.text();
    if (text == null) {
      return "/";
    }
    String reason = Paths.problem(text);
    if (reason != null) {
      node.problem(Text.quote(text) + " " + reason);
      return "/";
    }
    return Paths.merged(text);
  }

  private SortedMap<String, String> links(Node node) {
    TreeMap<String, String> links = new TreeMap<>();
    if (node.isList()) {
      node.items().forEach(item -> linkGroup(item, links));
    } else {
      node.entries().forEach((key, value) -> link(key, path(key), value, links));
    }
    return links;
  }

  /** {@code {target: busybox, in: /usr/bin, names: [ls, cat]}}. */
  private void linkGroup(Node node, Map<String, String> links) {
    Node target = node.child("target");
    String folder = path(node.child("in").required());
    for (Node item : node.child("names").required().items()) {
      String name = item.text();
      if (name != null && (name.contains("/") || Paths.problem("/" + name) != null)) {
        item.problem("must be a file name, not " + Text.quote(name));
      } else if (name != null) {
        link(item, folder + "/" + name, target, links);
      }
    }
    node.refuseOthers();
  }

  private void link(Node at, String path, Node target, Map<String, String> links) {
    String text = target.required().text();
    if (text != null && (text.isEmpty() || text.length() > 4095 || Text.hasControl(text))) {
      target.problem("is no link target");
    } else if (text != null && links.put(path, text) != null) {
      at.problem("names the link " + Text.quote(path) + " again");
    }
  }

  private TextFile text(Node node) {
    String mode = node.child("mode").isPresent() ? mode(node.child("mode")) : "0644";
    String content = node.child("content").required().text();
    TextFile file =
        new TextFile(
            path(node.child("path").required()),
            content == null ? "" : content,
            Integer.parseInt(mode, 8));
    node.refuseOthers();
    return file;
  }

  private String mode(Node node) {
    String text = matching(node, MODE, "three octal digits");
    return MODE.matcher(text).matches() ? text : "0";
  }

  /** A path, or {@code {path, mode}}. */
  private TemplateDirectory directory(Node node) {
    if (!node.isMapping()) {
      return new TemplateDirectory(path(node));
    }
    Node mode = node.child("mode");
    String octal = matching(mode.required(), DIRECTORY_MODE, "octal, at most 1777");
    TemplateDirectory directory =
        new TemplateDirectory(
            path(node.child("path").required()),
            DIRECTORY_MODE.matcher(octal).matches()
                ? Integer.parseInt(octal, 8)
                : TemplateDirectory.USUAL_MODE);
    node.refuseOthers();
    return directory;
  }

  /** Unless a recipe says otherwise, its template is to be complete. */
  private Level level(Node node) {
    String word = node.text();
    Level level = word == null ? Level.STATIC : Level.of(word).orElse(null);
    if (level == null) {
      node.problem("must be one of " + Level.WORDS + ", not " + Text.quote(String.valueOf(word)));
    }
    return level == null ? Level.STATIC : level;
  }

  private SortedMap<String, String> waive(Node node) {
    TreeMap<String, String> waive = new TreeMap<>();
    node.entries()
        .forEach(
            (name, reason) -> {
              String profile = String.valueOf(name.text());
              String text = reason.required().text();
              String fault = text == null ? null : Waiver.fault(profile, text);
              if (fault != null) {
                name.problem(fault);
              }
              waive.put(profile, String.valueOf(text));
            });
    return Collections.unmodifiableSortedMap(waive);
  }

  /** Each a line, which is split as a shell does, or a list of words. */
  private List<List<String>> trace(Node node) {
    List<List<String>> commands = new ArrayList<>();
    for (Node item : node.items()) {
      List<String> words = item.isList() ? strings(item) : split(item);
      String fault = words == null ? null : TracedCommand.fault(words);
      if (fault != null) {
        item.problem("is refused: " + fault);
      } else if (words != null) {
        commands.add(words);
      }
    }
    return commands;
  }

  /** Null for what is no line, which is a problem. */
  private static @Nullable List<String> split(Node node) {
    String line = node.text();
    try {
      return line == null ? null : Words.split(line);
    } catch (Words.Unfinished e) {
      node.problem(e.reason());
      return null;
    }
  }

  private static void checkTrace(Node root, Level level) {
    Node commands = root.child("trace");
    String fault = TracedCommand.fault(level, commands.size());
    if (fault != null) {
      (commands.isPresent() ? commands : root.child("level")).problem("is refused: " + fault);
    }
  }

  private Execution execution(Node root) {
    List<User> accounts = new ArrayList<>();
    root.child("accounts").entries().forEach((name, node) -> account(name, node, accounts));
    Node user = root.child("user");
    String name = user.text();
    if (name != null
        && Accounts.STANDARD.user(name).isEmpty()
        && accounts.stream().noneMatch(account -> account.name().equals(name))) {
      user.problem("is neither one of the accounts nor a standard one: " + Text.quote(name));
    }
    return new Execution(
        accounts, name, environment(root.child("environment")), strings(root.child("command")));
  }

  private void account(Node name, Node node, List<User> accounts) {
    User account =
        new User(
            String.valueOf(name.text()),
            number(node.child("uid").required()),
            number(node.child("gid").required()),
            path(node.child("home").required()));
    node.refuseOthers();
    String problem = Accounts.problem(account);
    if (problem != null) {
      name.problem(problem);
    }
    for (User other : accounts) {
      String both = Accounts.clash(other, account);
      if (both != null) {
        name.problem("has " + both + ", which " + other.name() + " has too");
      }
    }
    accounts.add(account);
  }

  private int number(Node node) {
    String text = matching(node, NUMBER, "a number");
    return NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
  }

  private Concat concat(Node node) {
    Glob from = glob(node.child("from").required());
    Concat concat =
        new Concat(path(node.child("path").required()), from == null ? Glob.of("/none") : from);
    node.refuseOthers();
    return concat;
  }

  private SortedMap<String, String> environment(Node node) {
    TreeMap<String, String> out = new TreeMap<>();
    for (Map.Entry<Node, Node> entry : node.entries().entrySet()) {
      String value = entry.getValue().text();
      if (value != null && value.indexOf('\0') >= 0) {
        entry.getValue().problem("has a NUL in it");
      }
      out.put(matching(entry.getKey(), VARIABLE, "a variable's name"), value == null ? "" : value);
    }
    return Collections.unmodifiableSortedMap(out);
  }

  private List<String> strings(Node node) {
    return node.items().stream().map(Node::text).map(text -> text == null ? "" : text).toList();
  }

  private Optional<Post> post(Node node) {
    if (!node.isPresent()) {
      return Optional.empty();
    }
    List<String> command = strings(node.child("command").required());
    if (command.isEmpty()) {
      node.problem("needs a command");
    }
    Post post =
        new Post(
            command,
            environment(node.child("environment")),
            node.child("text").items().stream().map(this::text).toList(),
            path(node.child("output").required()));
    node.refuseOthers();
    return Optional.of(post);
  }
}
