package dev.reg.engine.command;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Docker's users type that is called otherwise here, or that nobody needs here. */
final class Habits {
  private static final String NETWORK = "containers use the host's network: what listens is there";

  private static final Map<String, String> COMMANDS =
      Map.of(
          "attach", "reg logs -f shows what a container writes",
          "build", "reg template build makes a template",
          "images", "reg template ls lists templates",
          "import", "reg template import makes a template of an image",
          "load", "reg template import makes a template of an image",
          "ls", "reg ps lists containers",
          "list", "reg ps lists containers",
          "pull", "reg template build makes a template",
          "rmi", "reg template remove removes a template");

  private static final Map<String, String> OPTIONS =
      Map.of(
          "-p", NETWORK,
          "-P", NETWORK,
          "--publish", NETWORK,
          "--publish-all", NETWORK,
          "--network", NETWORK,
          "--net", NETWORK,
          "--entrypoint", "the words after the options are all of the command",
          "--init", "there is one, but with --no-init",
          "--mount", "-v SRC:DST[:ro] mounts");

  private Habits() {}

  /** What to do instead of a command that is none; null when nothing is known of it. */
  static @Nullable String command(String word) {
    return COMMANDS.get(word);
  }

  /** The same of an option. */
  static @Nullable String option(String word) {
    int equals = word.indexOf('=');
    return OPTIONS.get(equals < 0 ? word : word.substring(0, equals));
  }
}
