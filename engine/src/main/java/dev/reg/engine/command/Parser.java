package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.NearMisses;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * Words to {@link Arguments}. picocli takes a good part of a millisecond and keeps its state in the
 * grammar; so one thread parses at a time, and what was parsed is remembered.
 */
final class Parser {
  /** Command lines of scripts and benchmarks come again and again. */
  private static final int REMEMBERED = 128;

  private static final int LONGEST_REMEMBERED = 4096;

  private final CommandLine grammar = Grammar.commandLine();
  private final Map<List<String>, Arguments> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, Arguments> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** INVALID for what is no command of ours. */
  synchronized Arguments parse(List<String> words) throws RegException {
    Arguments before = known.get(words);
    if (before != null) {
      return before;
    }
    Arguments arguments = parseAnew(words);
    int length = words.stream().mapToInt(String::length).sum();
    if (length <= LONGEST_REMEMBERED) {
      known.put(List.copyOf(words), arguments);
    }
    return arguments;
  }

  private Arguments parseAnew(List<String> words) throws RegException {
    if (words.isEmpty()) {
      return new Arguments("", Map.of(), List.of(), usage(List.of()));
    }
    ParseResult result;
    try {
      result = grammar.parseArgs(accustomed(words).toArray(String[]::new));
    } catch (CommandLine.ParameterException e) {
      throw refuse(e);
    }
    List<String> path = new ArrayList<>();
    while (result.hasSubcommand() && !result.isUsageHelpRequested()) {
      result = result.subcommand();
      path.add(result.commandSpec().name());
    }
    boolean group = !result.commandSpec().subcommands().isEmpty();
    String help = result.isUsageHelpRequested() || group ? usage(path) : null;
    Map<String, List<String>> options = options(result);
    for (String template : options.getOrDefault(Grammar.TEMPLATE, List.of())) {
      if (template.startsWith("-")) {
        throw new RegException(
            ErrorKind.INVALID,
            String.join(" ", path)
                + ": "
                + Grammar.TEMPLATE
                + " wants NAME[@VERSION], not '"
                + template
                + "'"
                + wanting(Grammar.TEMPLATE));
      }
    }
    return new Arguments(String.join(" ", path), options, operands(result), help);
  }

  /** {@code --version} and {@code help COMMAND} are asked of every program. */
  private static List<String> accustomed(List<String> words) {
    String first = words.getFirst();
    if (first.equals("--version") && words.size() == 1) {
      return List.of("version");
    }
    if (first.equals("help")) {
      List<String> help = new ArrayList<>(words.subList(1, words.size()));
      help.add("--help");
      return help;
    }
    return words;
  }

  private static String usage(List<String> path) {
    CommandLine at = Grammar.help();
    for (String name : path) {
      at = Objects.requireNonNull(at.getSubcommands().get(name), name);
    }
    return at.getUsageMessage(CommandLine.Help.Ansi.OFF);
  }

  private static RegException refuse(CommandLine.ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      String word = unmatched.getUnmatched().getFirst();
      boolean group = !e.getCommandLine().getSubcommands().isEmpty();
      if (word.startsWith("-")) {
        why =
            "unknown option '"
                + word
                + "'"
                + meant(Habits.option(word), word, optionNames(e.getCommandLine()));
      } else if (group) {
        why =
            "unknown command '"
                + word
                + "'"
                + meant(
                    command.equals("reg") ? Habits.command(word) : null,
                    word,
                    e.getCommandLine().getSubcommands().keySet());
      } else {
        why = "one word too many: '" + word + "'";
      }
    }
    if (e instanceof CommandLine.MissingParameterException missing
        && missing.getMissing().getFirst() instanceof OptionSpec option) {
      why = option.longestName() + " wants " + option.paramLabel() + wanting(option.longestName());
    }
    return new RegException(
        ErrorKind.INVALID,
        command.replaceFirst("^reg ?", "").concat(command.equals("reg") ? "" : ": ")
            + why
            + "; see "
            + command
            + " --help",
        e);
  }

  /** For who means Docker's {@code -t}. */
  private static String wanting(String option) {
    return option.equals(Grammar.TEMPLATE)
        ? "; a terminal the program has by itself, --tty gives one by hand"
        : "";
  }

  private static List<String> optionNames(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .map(OptionSpec::longestName)
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  private static String meant(@Nullable String known, String word, Collection<String> names) {
    if (known != null) {
      return ": " + known;
    }
    List<String> near = NearMisses.of(word, names);
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }

  private static Map<String, List<String>> options(ParseResult result) {
    Map<String, List<String>> options = new HashMap<>();
    for (OptionSpec option : result.matchedOptions()) {
      List<String> values =
          option.typeInfo().isBoolean() ? List.of() : List.copyOf(option.originalStringValues());
      options.put(option.longestName(), values);
    }
    return options;
  }

  private static List<String> operands(ParseResult result) {
    List<String> operands = new ArrayList<>();
    for (PositionalParamSpec positional : result.matchedPositionals()) {
      operands.addAll(positional.originalStringValues());
    }
    return operands;
  }
}
