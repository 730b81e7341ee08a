package dev.reg.engine.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** All commands and their options, as picocli wants them. */
final class Grammar {
  static final String TEMPLATE = "--template";
  static final String COMMAND = "--command";
  static final String DETACH = "--detach";
  static final String REMOVE = "--rm";
  static final String NAME = "--name";
  static final String ENV = "--env";
  static final String VOLUME = "--volume";
  static final String WORKDIR = "--workdir";
  static final String USER = "--user";
  static final String INTERACTIVE = "--interactive";
  static final String HOSTNAME = "--hostname";
  static final String READ_ONLY = "--read-only";
  static final String TMPFS = "--tmpfs";
  static final String PROJECT = "--project";
  static final String PROJECT_MODE = "--project-mode";
  static final String NO_PROJECT = "--no-project";
  static final String NO_INIT = "--no-init";
  static final String STOP_SIGNAL = "--stop-signal";
  static final String FORMAT = "--format";
  static final String QUIET = "--quiet";
  static final String ALL = "--all";
  static final String FORCE = "--force";
  static final String PURGE = "--purge";
  static final String TIME = "--time";
  static final String SIGNAL = "--signal";
  static final String FOLLOW = "--follow";
  static final String TAIL = "--tail";
  static final String VERIFY = "--verify";
  static final String HELP = "--help";

  private Grammar() {}

  static CommandSpec root() {
    CommandSpec root =
        command("reg", "Runs a project's code in a container that holds just what it needs.");
    root.usageMessage()
        .customSynopsis("reg [--root DIR] COMMAND [OPTIONS] ...")
        .footer(
            "",
            "Before the command: --root DIR keeps everything under DIR (also REG_ROOT);"
                + " REG_HOST names another socket.",
            "'reg COMMAND --help' says more of a command.");
    containers(root);
    root.addSubcommand("template", templates());
    root.addSubcommand(
        "info", command("info", "Shows the engine, its roots and what is stored.", format()));
    root.addSubcommand("version", command("version", "Shows the engine's version.", format()));
    root.addSubcommand("engine", engine());
    return root;
  }

  private static void containers(CommandSpec root) {
    root.addSubcommand("run", run());
    root.addSubcommand("generate", generate());
    root.addSubcommand(
        "start", names("start", "Starts containers that were generated or have stopped."));
    root.addSubcommand(
        "stop",
        names(
            "stop",
            "Ends containers: their stop signal, then after a time SIGKILL.",
            value("SECONDS", "How long to wait before SIGKILL; 10 by default.", "-t", TIME)));
    root.addSubcommand(
        "kill",
        names(
            "kill",
            "Sends a signal to containers.",
            value("SIGNAL", "Name or number; KILL by default.", "-s", SIGNAL)));
    CommandSpec remove =
        names(
            "remove",
            "Removes containers and what they wrote.",
            flag("Kill those that run.", "-f", FORCE),
            flag("Also drop environments that nobody holds any more.", PURGE));
    remove.aliases("rm");
    root.addSubcommand("remove", remove);
    root.addSubcommand(
        "ps",
        command(
            "ps",
            "Lists containers.",
            flag("Also those that do not run.", "-a", ALL),
            flag("Only ids.", "-q", QUIET),
            format()));
    root.addSubcommand(
        "inspect",
        names(
            "inspect",
            "Shows all that is known of containers.",
            flag("Check the condition of each one's state; 1 when it is not met.", VERIFY),
            format()));
    CommandSpec logs =
        command(
            "logs",
            "Prints what a detached container wrote.",
            flag("Go on until the container has stopped.", "-f", FOLLOW),
            value("LINES", "Only the last lines.", "-n", TAIL));
    logs.addPositional(operands("CONTAINER", "1", "Name, id or beginning of an id."));
    root.addSubcommand("logs", logs);
    root.addSubcommand(
        "wait", names("wait", "Waits for containers to end and prints their exit codes."));
  }

  private static CommandSpec run() {
    CommandSpec run =
        making(
            "run",
            "Generates a container and runs a command in it.",
            flag("In the background; print the id.", "-d", DETACH),
            flag("Accepted for habit's sake: input is always connected.", "-i", INTERACTIVE));
    run.usageMessage()
        .footer(
            "",
            "The exit code is the command's own; 125 when reg failed, 126 when the command cannot"
                + " be invoked, 127 when it is not found, 128+n when signal n ended it.");
    return run;
  }

  private static CommandSpec generate() {
    CommandSpec generate =
        making("generate", "Generates a container without starting it; prints its id.");
    generate.aliases("create");
    return generate;
  }

  /** What {@code run} and {@code generate} have in common, and options of one's own before it. */
  private static CommandSpec making(String name, String description, OptionSpec... own) {
    List<OptionSpec> options = new ArrayList<>();
    options.add(
        values(
            "NAME[@VERSION]",
            "A runtime the project needs (no terminal); may be repeated.",
            "-t",
            TEMPLATE));
    options.add(value("LINE", "The command, split into words as a shell does.", "-c", COMMAND));
    options.addAll(List.of(own));
    options.addAll(
        List.of(
            flag("Remove the container when its program has ended.", REMOVE),
            value("NAME", "Instead of a generated one.", NAME),
            values("KEY[=VALUE]", "A variable; without a value, the caller's.", "-e", ENV),
            values("SRC:DST[:ro]", "Mount a file or directory of the host.", "-v", VOLUME),
            value(
                "DIR",
                "Where the command starts, made when missing; /app by default.",
                "-w",
                WORKDIR),
            value("UID[:GID]", "Whom the command runs as; root by default.", "-u", USER),
            value("NAME", "Instead of the beginning of the id.", HOSTNAME),
            flag("Make / read-only.", READ_ONLY),
            values("DST", "A fresh, empty filesystem in memory.", TMPFS),
            value("DIR", "The project, instead of the current directory.", PROJECT),
            value("MODE", "rw (the default), ro, or copy: a copy of its own.", PROJECT_MODE),
            flag("No project at /app.", NO_PROJECT),
            flag("The command itself becomes PID 1.", NO_INIT),
            value("SIGNAL", "What stop sends first; TERM by default.", STOP_SIGNAL)));
    CommandSpec spec = command(name, description, options.toArray(OptionSpec[]::new));
    spec.usageMessage()
        .customSynopsis("reg " + name + " [OPTIONS] -t NAME... [-c LINE | [--] ARGV...]");
    spec.addPositional(
        operands("ARGV", "0..*", "The command and its arguments; the template's without one."));
    // What follows the command is the command's.
    spec.parser().stopAtPositional(true);
    return spec;
  }

  private static CommandSpec templates() {
    CommandSpec template = command("template", "Runtime environment templates.");
    template.addSubcommand(
        "ls",
        command(
            "ls",
            "Lists the local repository's templates.",
            flag("Only names.", "-q", QUIET),
            format()));
    CommandSpec show = command("show", "Prints a template as it is stored.", format());
    show.addPositional(operands("NAME[@VERSION]", "1", "The highest version that matches."));
    template.addSubcommand("show", show);
    CommandSpec build =
        command("build", "Builds a template from a recipe, or from a file and what is beside it.");
    build.addPositional(
        operands("RECIPE|FILE", "1", "A name in the catalog; a path begins with . or /"));
    template.addSubcommand("build", build);
    CommandSpec remove =
        command("remove", "Removes templates and the objects that nothing else uses.");
    remove.aliases("rm");
    remove.addPositional(operands("NAME[@VERSION]", "1..*", "Which."));
    template.addSubcommand("remove", remove);
    return template;
  }

  private static CommandSpec engine() {
    CommandSpec engine = command("engine", "The engine itself.");
    engine.addSubcommand(
        "run", command("run", "Runs an engine in the foreground, for a service manager."));
    engine.addSubcommand("start", command("start", "Starts an engine if none answers."));
    engine.addSubcommand("stop", command("stop", "Stops the engine; containers keep running."));
    engine.addSubcommand("status", command("status", "Tells whether an engine answers.", format()));
    return engine;
  }

  private static CommandSpec names(String name, String description, OptionSpec... options) {
    CommandSpec spec = command(name, description, options);
    spec.addPositional(operands("CONTAINER", "1..*", "Names, ids or beginnings of ids."));
    return spec;
  }

  private static CommandSpec command(String name, String description, OptionSpec... options) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description).sortOptions(false).abbreviateSynopsis(true);
    for (OptionSpec option : options) {
      spec.addOption(option);
    }
    spec.addOption(
        OptionSpec.builder("-h", HELP)
            .type(boolean.class)
            .usageHelp(true)
            .description("Show this.")
            .build());
    return spec;
  }

  private static OptionSpec format() {
    return value("FORMAT", "json: one object a line.", FORMAT);
  }

  private static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names)
        .type(boolean.class)
        .arity("0")
        .description(description)
        .build();
  }

  /** The last one counts. */
  private static OptionSpec value(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** May be repeated. */
  private static OptionSpec values(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  private static PositionalParamSpec operands(String label, String arity, String description) {
    return PositionalParamSpec.builder()
        .index(arity.equals("1") ? "0" : "0..*")
        .arity(arity)
        .required(!arity.startsWith("0"))
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** What {@code --help} is printed from: values stand apart from their options' names. */
  static CommandLine help() {
    return commandLine().setSeparator(" ");
  }

  /** Words are the caller's, whatever they look like. */
  static CommandLine commandLine() {
    return new CommandLine(root())
        .setExpandAtFiles(false)
        .setTrimQuotes(false)
        .setInterpolateVariables(false)
        .setAbbreviatedOptionsAllowed(false)
        .setAbbreviatedSubcommandsAllowed(false)
        .setAllowOptionsAsOptionParameters(true)
        // A flag of an alias and the same flag once more.
        .setOverwrittenOptionsAllowed(true)
        .setUsageHelpWidth(100);
  }
}
