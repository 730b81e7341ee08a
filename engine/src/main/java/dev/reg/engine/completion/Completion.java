package dev.reg.engine.completion;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;

/**
 * Completion scripts. Each is a table, made from the grammar, of commands, options and what their
 * values are, and a function that walks the words typed so far along it; names of containers and
 * templates are asked for by {@code reg __complete}, which never starts an engine.
 */
public final class Completion {
  /** The shells there are scripts for. */
  public static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  private Completion() {}

  /** The script for a shell; empty when there is none for it. */
  public static Optional<String> script(String shell, CommandLine grammar) {
    List<Verb> verbs = Verb.all(grammar);
    return switch (shell) {
      case "bash" -> Optional.of(BashScript.of(verbs));
      case "zsh" -> Optional.of(ZshScript.of(verbs));
      case "fish" -> Optional.of(FishScript.of(verbs));
      default -> Optional.empty();
    };
  }

  /** Within single quotes of a POSIX shell. */
  static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  /** Alternatives of a shell's case pattern. */
  static String pattern(List<String> names) {
    return names.stream().map(Completion::quoted).collect(Collectors.joining(" | "));
  }

  /** The part of bash's and zsh's tables that says what operands are. */
  static void appendOperands(StringBuilder text, Verb verb) {
    text.append("            operand=").append(quoted(verb.operand().text()));
    text.append(" rest=").append(quoted(verb.rest().text()));
    text.append(verb.stops() ? " stops=yes\n" : "\n");
  }

  /**
   * The function of bash and zsh that knows what the value of an option is.
   *
   * @param open what may stand before a case pattern
   */
  static void appendKinds(StringBuilder text, List<Verb> verbs, String open) {
    text.append("_reg_kind() {\n    kind=none\n    case \"$1 $2\" in\n");
    for (Verb verb : verbs) {
      for (Verb.Option option : verb.options()) {
        if (option.takesValue()) {
          List<String> full =
              verb.paths().stream()
                  .flatMap(path -> option.names().stream().map(name -> path + " " + name))
                  .toList();
          text.append("        ").append(open).append(pattern(full)).append(") kind=");
          text.append(quoted(option.values().text())).append(" ;;\n");
        }
      }
    }
    text.append("        ").append(open).append("' --root') kind=directories ;;\n    esac\n}\n\n");
  }
}
