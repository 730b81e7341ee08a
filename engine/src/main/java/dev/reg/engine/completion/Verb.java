package dev.reg.engine.completion;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command as a shell completes it.
 *
 * @param paths its full names, one for each alias, without the program's; the root's is empty
 * @param commands what may follow it
 * @param operand what its first operand is
 * @param rest what the others are
 * @param stops whether all that follows the first operand is somebody else's, options too
 */
record Verb(
    List<String> paths,
    List<Word> commands,
    List<Option> options,
    Values operand,
    Values rest,
    boolean stops) {
  /** A word with what it is for. */
  record Word(String name, String description) {}

  /**
   * An option.
   *
   * @param names with their hyphens
   * @param values null-free: {@link Values#NONE} for a flag
   */
  record Option(List<String> names, String description, Values values) {
    boolean takesValue() {
      return !values.equals(Values.NONE);
    }
  }

  /** The whole grammar, the root first; what is hidden is left out. */
  static List<Verb> all(CommandLine root) {
    List<Verb> verbs = new ArrayList<>();
    gather(List.of(""), root, verbs);
    return verbs;
  }

  private static void gather(List<String> paths, CommandLine line, List<Verb> verbs) {
    CommandSpec spec = line.getCommandSpec();
    List<Word> commands = new ArrayList<>();
    List<CommandLine> below =
        line.getSubcommands().values().stream().distinct().filter(Verb::isShown).toList();
    for (CommandLine each : below) {
      for (String name : each.getCommandSpec().names()) {
        commands.add(
            new Word(name, description(each.getCommandSpec().usageMessage().description())));
      }
    }
    List<Option> options = new ArrayList<>();
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        options.add(
            new Option(
                List.of(option.names()),
                description(option.description()),
                option.arity().max() == 0 ? Values.NONE : Values.of(option.paramLabel())));
      }
    }
    List<PositionalParamSpec> operands = spec.positionalParameters();
    verbs.add(
        new Verb(
            paths,
            commands,
            options,
            operand(operands, 0),
            rest(operands),
            spec.parser().stopAtPositional()));
    for (CommandLine each : below) {
      List<String> full = new ArrayList<>();
      for (String path : paths) {
        for (String name : each.getCommandSpec().names()) {
          full.add(path.isEmpty() ? name : path + " " + name);
        }
      }
      gather(full, each, verbs);
    }
  }

  private static Values operand(List<PositionalParamSpec> operands, int index) {
    return index < operands.size() ? Values.of(operands.get(index).paramLabel()) : Values.NONE;
  }

  /** What follows one container is a matter of what is in it. */
  private static Values rest(List<PositionalParamSpec> operands) {
    Values first = operand(operands, 0);
    if (!operands.isEmpty() && operands.getFirst().arity().max() > 1) {
      return first;
    }
    return first.kind().equals(Values.CONTAINERS) ? Values.NONE : operand(operands, 1);
  }

  private static boolean isShown(CommandLine line) {
    return !line.getCommandSpec().usageMessage().hidden();
  }

  private static String description(String[] lines) {
    return String.join(" ", lines);
  }
}
