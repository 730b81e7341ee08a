package dev.reg.engine.command;

import dev.reg.engine.configuration.Configuration;
import dev.reg.engine.doctor.Check;
import dev.reg.engine.doctor.Doctor;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ObjectNode;

/** {@code doctor}: what this machine lacks, by the engine, or alone when none starts. */
public final class DoctorCommand implements Command {
  private static final int FAILED = 1;

  private final Context context;

  DoctorCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "doctor", "Examines whether this machine has what reg needs.", Specs.template());
    spec.usageMessage()
        .footer("", "The exit code is 1 when something fails, 0 when there are only warnings.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Format format = Format.of(arguments);
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            "engine", Check.State.OK, "runs, pid " + context.control().pid(), "one that runs", ""));
    Map<String, Integer> limits = context.containers().repository().groups().report().controllers();
    examine(context.layout(), context.control().installation(), limits, checks);
    caller.out(text(checks, format));
    return code(checks);
  }

  /**
   * Examines without an engine.
   *
   * @param why the reason that none starts
   * @param words the command line
   */
  public static int alone(Layout layout, Path installation, String why, List<String> words)
      throws RegException {
    Arguments arguments = new Parser().parse(words);
    Format format = Format.of(arguments);
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            "engine",
            Check.State.FAIL,
            "does not start",
            "one that runs",
            Files.exists(layout.engineLog()) ? why + "; see " + layout.engineLog() : why));
    examine(layout, installation, null, checks);
    System.out.print(text(checks, format));
    System.out.flush();
    return code(checks);
  }

  /** By the configuration as it is now: the next engine's, and what is said of it is for that. */
  private static void examine(
      Layout layout, Path installation, @Nullable Map<String, Integer> limits, List<Check> checks) {
    Configuration configuration = new Configuration(null, null);
    try {
      configuration = Configuration.read(layout.configuration());
    } catch (RegException | IOException e) {
      checks.add(
          new Check(
              "configuration",
              Check.State.FAIL,
              layout.configuration() + " cannot be read",
              "one that an engine can start with",
              e instanceof RegException known ? known.line() : String.valueOf(e.getMessage())));
    }
    checks.addAll(
        new Doctor(layout, installation, limits, configuration.sources(), configuration.replace())
            .examine());
  }

  private static int code(List<Check> checks) {
    return Doctor.isFailed(checks) ? FAILED : 0;
  }

  private static String text(List<Check> checks, Format format) throws RegException {
    if (format.isTemplate()) {
      return format.render(checks.stream().map(check -> Fields.of(json(check))).toList());
    }
    if (format.isJson()) {
      StringBuilder lines = new StringBuilder();
      checks.forEach(check -> lines.append(Json.line(json(check))));
      return lines.toString();
    }
    Table table = new Table("CHECK", "STATE", "FOUND", "NEEDED");
    for (Check check : checks) {
      table.row(check.name(), state(check), check.found(), check.needed());
    }
    StringBuilder text = new StringBuilder(table.toString());
    for (Check check : checks) {
      if (!check.advice().isEmpty()) {
        text.append('\n').append(state(check)).append(": ").append(check.name());
        text.append(": ").append(check.advice());
      }
    }
    return text.append(text.charAt(text.length() - 1) == '\n' ? "" : "\n").toString();
  }

  private static String state(Check check) {
    return check.state().name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode json(Check check) {
    return Json.object()
        .put("check", check.name())
        .put("state", state(check))
        .put("found", check.found())
        .put("needed", check.needed())
        .put("advice", check.advice());
  }
}
