package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import tools.jackson.databind.node.ObjectNode;

/** {@code version}. */
final class VersionCommand implements Command {
  private final Context context;

  VersionCommand(Context context) {
    this.context = context;
  }

  /** What the build wrote into the installation. */
  static String version(Context context) throws IOException {
    try {
      return Files.readString(context.control().installation().resolve("VERSION")).strip();
    } catch (NoSuchFileException e) {
      return "unknown";
    }
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    String version = version(context);
    Format format = Format.of(arguments);
    if (format.isTemplate()) {
      ObjectNode known = Json.object();
      // One installation has both.
      known.putObject("Server").put("Version", version);
      known.putObject("Client").put("Version", version);
      caller.out(
          format.render(
              new Fields(known, Json.object().put("version", version).put("running", true))));
      return 0;
    }
    caller.out(
        format.isJson()
            ? Json.line(Json.object().put("version", version).put("running", true))
            : "reg " + version + "\n");
    return 0;
  }
}
