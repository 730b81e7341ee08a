package dev.reg.engine.command;

import dev.reg.engine.project.Beginning;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.DirectoryEntry;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code init}: a reg.yaml for the current directory, by what is in it. */
final class InitCommand implements Command {
  private final Context context;

  InitCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "init",
            "Writes a reg.yaml by what is in the current directory, and says why.",
            Specs.flag("Replace one that is there.", "-f", Grammar.FORCE));
    spec.usageMessage()
        .footer(
            "",
            "Looked at are .python-version, .tool-versions, package.json, requirements.txt, *.py"
                + " and *.js.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean replace = arguments.has(Grammar.FORCE);
    if (!replace && CallerFiles.mayExist(caller.cwd(), ProjectFile.NAME)) {
      throw there(null);
    }
    List<String> names =
        caller.list(".").stream()
            .filter(entry -> entry.type() != DirectoryEntry.Type.DIRECTORY)
            .map(DirectoryEntry::name)
            .sorted()
            .toList();
    Map<String, String> texts = new HashMap<>();
    for (String name : Beginning.READ) {
      if (names.contains(name)) {
        byte[] text = CallerFiles.read(caller, name, Beginning.LARGEST);
        texts.put(name, new String(text, StandardCharsets.UTF_8));
      }
    }
    Beginning beginning = Beginning.of(names, texts, context.templates().names());
    if (beginning.runtime().isEmpty()) {
      for (String note : beginning.notes()) {
        caller.err(NativeLine.of("reg: " + note));
      }
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "init: nothing here says which runtime the project needs; write it into "
              + ProjectFile.NAME
              + ": runtime: NAME; 'reg template ls' lists them");
    }
    boolean git = CallerFiles.mayExist(caller.cwd(), ".git");
    byte[] text = beginning.text(schema(), git).getBytes(StandardCharsets.UTF_8);
    write(caller, text, replace);
    for (String note : beginning.notes()) {
      caller.out(NativeLine.of(note));
    }
    for (TemplateRef ref : beginning.runtime()) {
      warn(caller, ref);
    }
    caller.out("wrote " + ProjectFile.NAME + "\n");
    return 0;
  }

  private static void write(Caller caller, byte[] text, boolean replace)
      throws RegException, IOException {
    if (replace) {
      CallerFiles.replace(caller, ProjectFile.NAME, text);
      return;
    }
    try {
      CallerFiles.add(caller, ProjectFile.NAME, text);
    } catch (RegException e) {
      throw e.kind() == ErrorKind.ALREADY_EXISTS ? there(e) : e;
    }
  }

  private static RegException there(@Nullable Throwable cause) {
    return new RegException(
        ErrorKind.ALREADY_EXISTS,
        "init: there is a " + ProjectFile.NAME + " already; --force replaces it",
        cause);
  }

  /** A version that the repository has none of may be had nowhere. */
  private void warn(Caller caller, TemplateRef ref) throws IOException {
    List<Head> stored = context.templates().versions(ref.name());
    if (!stored.isEmpty() && stored.stream().noneMatch(head -> ref.matches(head.version()))) {
      caller.err(
          NativeLine.of(
              "reg: there is no "
                  + ref
                  + " in the local repository, but "
                  + String.join(", ", stored.stream().map(Head::id).toList())));
    }
  }

  /** As editors want it; null when the installation has none. */
  private @Nullable String schema() {
    Path schema = context.control().installation().resolve("share/reg.schema.json");
    return Files.isRegularFile(schema) ? schema.toAbsolutePath().toUri().toASCIIString() : null;
  }
}
