package dev.reg.engine.command;

import dev.reg.engine.building.BuildSource;
import dev.reg.engine.building.Updates;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.Version;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code template import}: from a container image. The client opens it, with the caller's rights;
 * the builder reads it. Prints what it made.
 */
final class TemplateImportCommand implements Command {
  static final String VERSION = "--version";
  static final String WHOLE = "--whole";

  private final Context context;
  private final Updates updates;

  TemplateImportCommand(Context context, Updates updates) {
    this.context = context;
    this.updates = updates;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "import",
            "Makes a template of a container image: of the program it runs and what that needs.",
            Specs.value("NAME", "Of the template, instead of the image's tag.", Grammar.NAME),
            Specs.value("VERSION", "Of the template, instead of the image's tag.", VERSION),
            Specs.flag("Take everything that is in the image.", WHOLE));
    spec.addPositional(
        Specs.operands(
            "ARCHIVE|LAYOUT",
            "1",
            "What docker save wrote, or an OCI layout: an archive, a directory, - for standard"
                + " input."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    String name = name(arguments);
    String version = arguments.one(VERSION);
    if (version != null) {
      Version.parse(version);
    }
    String operand = arguments.operands().getFirst();
    String path = operand.equals("-") ? "/dev/stdin" : operand;
    boolean whole = arguments.has(WHOLE);
    CallerWatcher watcher = new CallerWatcher(caller);
    Head head;
    try (Fd fd = caller.open(path, CallerFiles.FOR_READING, 0)) {
      FileStatus status = Descriptors.status(fd);
      if (status.isDirectory()) {
        head =
            context
                .templates()
                .build(new ClientSources(caller, path + "/"), name, version, whole, watcher);
      } else if (status.isRegular() || status.isPipe()) {
        // Opened once more, for the builder: the caller could read it, or it would not be open.
        Path again = Path.of("/proc/self/fd/" + fd.number());
        head =
            context
                .templates()
                .build(new BuildSource.Image(null, again, name, version, whole), watcher);
      } else {
        throw new RegException(
            ErrorKind.INVALID, "cannot import " + operand + ": it is neither file nor directory");
      }
    }
    AfterBuild.unify(updates::unify, caller);
    caller.out(head.id() + "\n");
    return 0;
  }

  private static @Nullable String name(Arguments arguments) throws RegException {
    String name = arguments.one(Grammar.NAME);
    if (name != null && !TemplateRef.parse(name).prefix().isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "template import: --name '" + name + "' has a version in it; give that with --version");
    }
    return name;
  }
}
