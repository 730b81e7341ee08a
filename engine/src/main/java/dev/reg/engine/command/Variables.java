package dev.reg.engine.command;

import dev.reg.engine.project.EnvFile;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The variables that a caller sets, {@code NAME=value}; of one name the last counts: first
 * reg.yaml's, then those of {@code --env-file}, then those of {@code -e}.
 */
final class Variables {
  private final Caller caller;
  private final Arguments arguments;
  private final List<String> all = new ArrayList<>();

  private Variables(Caller caller, Arguments arguments) {
    this.caller = caller;
    this.arguments = arguments;
  }

  static List<String> of(Caller caller, Arguments arguments, Wanted wanted)
      throws RegException, IOException {
    return new Variables(caller, arguments).read(wanted.variables());
  }

  /** Without a project. */
  static List<String> of(Caller caller, Arguments arguments) throws RegException, IOException {
    return new Variables(caller, arguments).read(List.of());
  }

  private List<String> read(List<ProjectFile.Variable> project) throws RegException, IOException {
    add(project);
    for (String path : arguments.all(Grammar.ENV_FILE)) {
      byte[] text = caller.read(path, EnvFile.LARGEST);
      try {
        add(EnvFile.read(path, text));
      } catch (Mistakes e) {
        throw Wanted.told(caller, e);
      }
    }
    for (String text : arguments.all(Grammar.ENV)) {
      int equals = text.indexOf('=');
      if (equals == 0 || text.isEmpty()) {
        throw new RegException(
            ErrorKind.INVALID,
            arguments.command() + ": -e wants KEY=VALUE or KEY, not '" + text + "'");
      }
      if (equals > 0) {
        all.add(text);
      } else {
        inherit(text);
      }
    }
    return all;
  }

  private void add(List<ProjectFile.Variable> variables) throws IOException {
    for (ProjectFile.Variable variable : variables) {
      String value = variable.value();
      if (value == null) {
        inherit(variable.name());
      } else {
        all.add(variable.name() + "=" + value);
      }
    }
  }

  /** The caller's own; nothing when it has none of that name. */
  private void inherit(String name) throws IOException {
    Optional<String> value = caller.variable(name);
    value.ifPresent(own -> all.add(name + "=" + own));
  }
}
