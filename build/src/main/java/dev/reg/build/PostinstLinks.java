package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What packages leave to their postinst scripts, as links: those of update-alternatives(1), and for
 * the configuration files that ucf(1) would copy links to what it copies. The scripts are read, not
 * run. Understood are calls with words that are plain text, variables set to such, or the variable
 * of a {@code for} loop over such; what else a script does is passed over.
 */
final class PostinstLinks {
  private static final String ALTERNATIVES = "update-alternatives";
  private static final String CONFIGURATION = "ucf";

  /** Calls of one script, its loops unrolled; a script with more is cut there. */
  private static final int MOST = 2_000;

  private static final int DEEPEST = 8;

  private PostinstLinks() {}

  /**
   * One link that would be made.
   *
   * @param path where it leads; null for a configuration file made of what only the script knows
   */
  record Wish(String link, @Nullable String path, int priority) {}

  /**
   * Adds those links whose place is free and whose target is in the tree; of several for one place
   * that with the highest priority, then of the package that comes first.
   */
  static void add(PackageTree tree, Collection<PackageControl> packages)
      throws IOException, RegException {
    Map<String, Wish> best = new TreeMap<>();
    Map<String, String> origins = new HashMap<>();
    for (PackageControl one : packages) {
      for (Wish wish : parse(one.postinst())) {
        String link = Paths.merged(wish.link());
        String path = target(wish, one.name(), tree);
        Wish before = best.get(link);
        if (tree.get(link) == null
            && path != null
            && (before == null || before.priority() < wish.priority())) {
          best.put(link, new Wish(link, path, wish.priority()));
          origins.put(link, one.name());
        }
      }
    }
    for (Wish each : best.values()) {
      Node above = tree.get(Paths.parent(each.link()));
      if (above == null || above instanceof Node.Directory) {
        String origin = origins.getOrDefault(each.link(), "");
        tree.link(origin, each.link(), String.valueOf(each.path()));
      }
    }
  }

  /** What is in the tree; for a configuration file also one of its name and {@code .ucf}. */
  private static @Nullable String target(Wish wish, String origin, PackageTree tree) {
    if (wish.path() != null) {
      String path = Paths.merged(wish.path());
      return tree.get(path) == null ? null : path;
    }
    String name = "/" + Paths.name(wish.link()) + ".ucf";
    for (Map.Entry<String, Node> each : tree.nodes().entrySet()) {
      if (each.getKey().endsWith(name) && each.getValue().origin().equals(origin)) {
        return each.getKey();
      }
    }
    return null;
  }

  /** What a script would make, in its order. */
  static List<Wish> parse(String script) {
    List<Wish> out = new ArrayList<>();
    new Script(ShellWords.commands(script), out).run();
    return out;
  }

  /** A walk through the commands of one script. */
  private static final class Script {
    private final List<List<ShellWords.Word>> commands;
    private final List<Wish> out;
    private final Map<String, String> variables = new HashMap<>();
    private int steps;

    Script(List<List<ShellWords.Word>> commands, List<Wish> out) {
      this.commands = commands;
      this.out = out;
    }

    void run() {
      run(0, commands.size(), 0);
    }

    private void run(int from, int to, int depth) {
      int at = from;
      while (at < to && steps++ < MOST * 10 && out.size() < MOST) {
        List<ShellWords.Word> command = commands.get(at);
        if (isWord(command, 0, "for") && isWord(command, 2, "in") && depth < DEEPEST) {
          int end = end(at + 1, to);
          loop(command, at + 1, end, depth);
          at = end;
        } else {
          simple(command);
          at++;
        }
      }
    }

    private void loop(List<ShellWords.Word> command, int from, int to, int depth) {
      String variable = command.get(1).expand(variables);
      for (ShellWords.Word each : command.subList(3, command.size())) {
        String value = each.expand(variables);
        if (variable != null && value != null) {
          for (String word : each.isQuoted() ? List.of(value) : List.of(value.split("\\s+", -1))) {
            variables.put(variable, word);
            run(from, to, depth + 1);
          }
        }
      }
      variables.remove(variable);
    }

    /** Where the loop ends whose body begins here: behind its {@code done}. */
    private int end(int from, int to) {
      int open = 1;
      for (int i = from; i < to; i++) {
        List<ShellWords.Word> command = commands.get(i);
        int first = isWord(command, 0, "do") || isWord(command, 0, "then") ? 1 : 0;
        if (isWord(command, first, "for")
            || isWord(command, first, "while")
            || isWord(command, first, "until")) {
          open++;
        } else if (isWord(command, 0, "done") && --open == 0) {
          return i + 1;
        }
      }
      return to;
    }

    private void simple(List<ShellWords.Word> command) {
      for (int i = 0; i < command.size(); i++) {
        String assigned = command.get(i).assigned();
        if (assigned != null && i == 0) {
          String value = command.get(i).expand(variables);
          if (value == null) {
            variables.remove(assigned);
          } else {
            variables.put(assigned, value.substring(assigned.length() + 1));
          }
        } else if (isProgram(command, i, ALTERNATIVES)) {
          install(command.subList(i + 1, command.size()));
          return;
        } else if (isProgram(command, i, CONFIGURATION)) {
          configure(command.subList(i + 1, command.size()));
          return;
        }
      }
    }

    private void install(List<ShellWords.Word> words) {
      List<@Nullable String> arguments = new ArrayList<>();
      words.forEach(word -> arguments.add(word.expand(variables)));
      int priority = 0;
      boolean installed = false;
      for (int i = 0; i + 3 < arguments.size(); i++) {
        String option = arguments.get(i);
        boolean master = "--install".equals(option) && i + 4 < arguments.size();
        if (master) {
          String text = arguments.get(i + 4);
          if (text == null || !text.matches("-?[0-9]{1,9}")) {
            return;
          }
          priority = Integer.parseInt(text);
          installed = true;
        }
        String link = arguments.get(i + 1);
        String path = arguments.get(i + 3);
        if ((master || (installed && "--slave".equals(option)))
            && isPath(link)
            && isPath(path)
            && out.size() < MOST) {
          out.add(new Wish(String.valueOf(link), path, priority));
        }
      }
    }

    /** {@code ucf [--option]... NEW PLACE}. */
    private void configure(List<ShellWords.Word> words) {
      List<@Nullable String> files = new ArrayList<>();
      for (ShellWords.Word word : words) {
        String text = word.expand(variables);
        if (text == null || !text.startsWith("-")) {
          files.add(text);
        }
      }
      if (files.size() >= 2 && isPath(files.get(1)) && out.size() < MOST) {
        String from = isPath(files.getFirst()) ? files.getFirst() : null;
        out.add(new Wish(String.valueOf(files.get(1)), from, 0));
      }
    }

    private static boolean isProgram(List<ShellWords.Word> command, int index, String name) {
      return isWord(command, index, name) || isWord(command, index, "/usr/bin/" + name);
    }

    private static boolean isPath(@Nullable String text) {
      return text != null && Paths.problem(text) == null;
    }

    private static boolean isWord(List<ShellWords.Word> command, int index, String text) {
      return index < command.size() && text.equals(command.get(index).expand(Map.of()));
    }
  }
}
