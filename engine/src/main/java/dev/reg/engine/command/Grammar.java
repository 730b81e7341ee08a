package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.names;
import static dev.reg.engine.command.Specs.operands;
import static dev.reg.engine.command.Specs.template;
import static dev.reg.engine.command.Specs.value;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** All commands and their options, as picocli wants them. */
final class Grammar {
  static final String TEMPLATE = "--template";
  static final String COMMAND = "--command";
  static final String DETACH = "--detach";
  static final String REMOVE = "--rm";
  static final String NAME = "--name";
  static final String ENV = "--env";
  static final String ENV_FILE = "--env-file";
  static final String CID_FILE = "--cidfile";
  static final String SCRIPT = "--script";
  static final String VOLUME = "--volume";
  static final String WORKDIR = "--workdir";
  static final String USER = "--user";
  static final String INTERACTIVE = "--interactive";
  static final String TTY = "--tty";
  static final String NO_TTY = "--no-tty";
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
  static final String PULL = "--pull";
  static final String UPDATE = "--update";
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
    root.addSubcommand("trace", TraceCommand.spec());
    root.addSubcommand(
        "info", command("info", "Shows the engine, its roots and what is stored.", template("-f")));
    root.addSubcommand(
        "version", command("version", "Shows the engine's version.", template("-f")));
    root.addSubcommand("outdated", OutdatedCommand.spec());
    root.addSubcommand("init", InitCommand.spec());
    root.addSubcommand("prune", PruneCommand.spec());
    root.addSubcommand("doctor", DoctorCommand.spec());
    root.addSubcommand("completion", CompletionCommand.spec());
    root.addSubcommand(NamesCommand.NAME, NamesCommand.spec());
    root.addSubcommand("engine", engine());
    return root;
  }

  private static void containers(CommandSpec root) {
    root.addSubcommand("run", MakingSpecs.run());
    root.addSubcommand("generate", MakingSpecs.generate());
    root.addSubcommand("exec", ExecCommand.spec());
    root.addSubcommand("cp", CopyCommand.spec());
    root.addSubcommand("rename", RenameCommand.spec());
    root.addSubcommand("top", TopCommand.spec());
    root.addSubcommand("diff", DiffCommand.spec());
    root.addSubcommand("start", StartCommand.spec());
    root.addSubcommand(
        "stop",
        names(
            "stop",
            "Ends containers: their stop signal, then after a time SIGKILL.",
            StopCommand.time()));
    root.addSubcommand("restart", RestartCommand.spec());
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
    root.addSubcommand("ps", PsCommand.spec());
    root.addSubcommand(
        "inspect",
        names(
            "inspect",
            "Shows all that is known of containers.",
            flag("Check the condition of each one's state; 1 when it is not met.", VERIFY),
            template("-f")));
    root.addSubcommand("logs", LogsCommand.spec());
    root.addSubcommand(
        "wait", names("wait", "Waits for containers to end and prints their exit codes."));
  }

  private static CommandSpec templates() {
    CommandSpec template = command("template", "Runtime environment templates.");
    template.addSubcommand(
        "ls",
        command(
            "ls",
            "Lists the local repository's templates.",
            flag("Only names.", "-q", QUIET),
            template()));
    CommandSpec show = command("show", "Prints a template as it is stored.", format());
    show.addPositional(operands("NAME[@VERSION]", "1", "The highest version that matches."));
    template.addSubcommand("show", show);
    template.addSubcommand("build", TemplateBuildCommand.spec());
    template.addSubcommand("import", TemplateImportCommand.spec());
    template.addSubcommand("update", TemplateUpdateCommand.spec());
    template.addSubcommand("verify", TemplateVerifyCommand.spec());
    template.addSubcommand("sharing", TemplateSharingCommand.spec());
    template.addSubcommand("why", TemplateWhyCommand.spec());
    template.addSubcommand("tree", TemplateTreeCommand.spec());
    template.addSubcommand("diff", TemplateDiffCommand.spec());
    template.addSubcommand("size", TemplateSizeCommand.spec());
    template.addSubcommand("sbom", TemplateSbomCommand.spec());
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
