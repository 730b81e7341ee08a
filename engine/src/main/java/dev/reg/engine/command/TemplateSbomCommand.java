package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.report.ObjectSums;
import dev.reg.template.report.Spdx;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code template sbom}: a bill of materials. */
final class TemplateSbomCommand implements Command {
  private static final int BUFFER = 65_536;

  private final Context context;

  TemplateSbomCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command("sbom", "Prints a bill of materials of a template and what it requires: SPDX 2.3.");
    spec.addPositional(operands("NAME[@VERSION]", "1", "The highest version that matches."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Head head = context.templates().find(TemplateRef.parse(arguments.operands().getFirst()));
    List<Spdx.Part> parts = new ArrayList<>();
    for (Head each : context.closure(caller, head)) {
      parts.add(
          new Spdx.Part(
              each,
              context.templates().load(each),
              context.templates().provenance(each).orElse(null)));
    }
    try (OutputStream out = new BufferedOutputStream(new Output(caller), BUFFER)) {
      Spdx.write(
          parts,
          "reg-" + VersionCommand.version(context),
          new ObjectSums(context.objects()::path),
          out);
    }
    return 0;
  }

  /** The client's standard output. */
  private static final class Output extends OutputStream {
    private final Caller caller;

    Output(Caller caller) {
      this.caller = caller;
    }

    @Override
    public void write(int b) throws IOException {
      caller.out(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      caller.out(Arrays.copyOfRange(bytes, offset, offset + length));
    }
  }
}
