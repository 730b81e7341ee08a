package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.flag;
import static dev.reg.engine.command.Specs.operands;
import static dev.reg.engine.command.Specs.repeated;
import static dev.reg.engine.command.Specs.value;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code run} and {@code generate}, and the options that say what a container is to be. */
final class MakingSpecs {
  private MakingSpecs() {}

  static CommandSpec run() {
    CommandSpec run =
        making(
            "run",
            "Generates a container and runs a command in it.",
            flag("In the background; print the id.", "-d", Grammar.DETACH),
            flag("ARGV is a script, whose '# /// script' block names its runtime.", Grammar.SCRIPT),
            flag(
                "Accepted for habit's sake: input is always connected.", "-i", Grammar.INTERACTIVE),
            flag("A terminal of its own; the default when input and output are ones.", Grammar.TTY),
            flag("The caller's streams as they are, terminals or not.", Grammar.NO_TTY));
    run.usageMessage()
        .footer(
            "",
            "The exit code is the command's own; 125 when reg failed, 126 when the command cannot"
                + " be invoked, 127 when it is not found, 128+n when signal n ended it.");
    return run;
  }

  static CommandSpec generate() {
    CommandSpec generate =
        making(
            "generate",
            "Generates a container without starting it; prints its id.",
            flag("Generate nothing: renew reg.lock, and print what has changed.", Grammar.UPDATE),
            flag("With --update: ARGV is a script; renew FILE.lock beside it.", Grammar.SCRIPT));
    generate.aliases("create");
    return generate;
  }

  /**
   * What {@code run}, {@code generate} and {@code trace} have in common, and options of one's own
   * before it.
   */
  static CommandSpec making(String name, String description, OptionSpec... own) {
    List<OptionSpec> options = new ArrayList<>();
    options.add(
        repeated(
            "NAME[@VERSION]",
            "A runtime the project needs; may be repeated. By default reg.yaml's.",
            "-t",
            Grammar.TEMPLATE));
    options.add(
        value("LINE", "The command, split into words as a shell does.", "-c", Grammar.COMMAND));
    options.addAll(List.of(own));
    options.addAll(
        List.of(
            flag("Remove the container when its program has ended.", Grammar.REMOVE),
            value("NAME", "Instead of a generated one.", Grammar.NAME),
            value("FILE", "Write the id to this file, which must not exist.", Grammar.CID_FILE),
            repeated(
                "KEY[=VALUE]", "A variable; without a value, the caller's.", "-e", Grammar.ENV),
            repeated("FILE", "Variables, one a line, as -e takes them.", Grammar.ENV_FILE),
            repeated(
                "SRC:DST[:ro]", "Mount a file or directory of the host.", "-v", Grammar.VOLUME),
            value(
                "DIR",
                "Where the command starts, made when missing; /app by default.",
                "-w",
                Grammar.WORKDIR),
            value(
                "UID[:GID]",
                "Whom the command runs as; the template's user by default, or root.",
                "-u",
                Grammar.USER),
            value("NAME", "Instead of the beginning of the id.", Grammar.HOSTNAME),
            flag("Make / read-only.", Grammar.READ_ONLY),
            repeated("DST", "A fresh, empty filesystem in memory.", Grammar.TMPFS),
            value("DIR", "The project, instead of the current directory.", Grammar.PROJECT),
            value(
                "MODE", "rw (the default), ro, or copy: a copy of its own.", Grammar.PROJECT_MODE),
            flag("No project at /app.", Grammar.NO_PROJECT),
            flag("The command itself becomes PID 1.", Grammar.NO_INIT),
            value("SIGNAL", "What stop sends first; TERM by default.", Grammar.STOP_SIGNAL),
            value(
                "WHEN",
                "Build templates always, when missing (the default), or never.",
                Grammar.PULL)));
    options.addAll(LimitOptions.specs());
    CommandSpec spec = command(name, description, options.toArray(OptionSpec[]::new));
    spec.usageMessage()
        .customSynopsis("reg " + name + " [OPTIONS] [-t NAME]... [-c LINE | [--] ARGV...]");
    spec.addPositional(
        operands("ARGV", "0..*", "The command and its arguments; the template's without one."));
    // What follows the command is the command's.
    spec.parser().stopAtPositional(true);
    return spec;
  }
}
