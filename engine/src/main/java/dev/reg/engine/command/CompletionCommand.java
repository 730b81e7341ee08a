package dev.reg.engine.command;

import dev.reg.engine.completion.Completion;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code completion}: prints the script for a shell. */
final class CompletionCommand implements Command {
  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command("completion", "Prints a script that completes command lines in a shell.");
    spec.usageMessage()
        .footer(
            "",
            "bash: reg completion bash > /etc/bash_completion.d/reg",
            "zsh:  reg completion zsh > /usr/local/share/zsh/site-functions/_reg",
            "fish: reg completion fish > /etc/fish/completions/reg.fish");
    spec.addPositional(Specs.operands("bash|zsh|fish", "1", "Which shell."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    String shell = arguments.operands().getFirst();
    caller.out(
        Completion.script(shell, Grammar.commandLine())
            .orElseThrow(
                () ->
                    new RegException(
                        ErrorKind.INVALID,
                        "completion: there is no script for '"
                            + shell
                            + "', only for "
                            + String.join(", ", Completion.SHELLS))));
    return 0;
  }
}
