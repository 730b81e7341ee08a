package dev.reg.engine.daemon;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Layout;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The engine's command line, as the starter writes it: {@code --root R --runtime RUN --install DIR
 * [--foreground]}.
 *
 * @param install the installation: {@code bin/}, {@code libexec/}, {@code lib/}
 * @param foreground whether a person or systemd waits for this very process
 */
public record Options(Layout layout, Path install, boolean foreground) {
  public static Options parse(List<String> arguments) throws RegException {
    @Nullable Path root = null;
    @Nullable Path runtime = null;
    @Nullable Path install = null;
    boolean foreground = false;
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      if (option.equals("--foreground")) {
        foreground = true;
        continue;
      }
      if (i + 1 == arguments.size()) {
        throw unusable("lacks a value after " + option);
      }
      Path value = Path.of(arguments.get(++i)).toAbsolutePath().normalize();
      switch (option) {
        case "--root" -> root = value;
        case "--runtime" -> runtime = value;
        case "--install" -> install = value;
        default -> throw unusable("has an unknown option " + option);
      }
    }
    if (root == null || runtime == null || install == null) {
      throw unusable("needs --root, --runtime and --install");
    }
    return new Options(new Layout(root, runtime), install, foreground);
  }

  private static RegException unusable(String why) {
    return new RegException(ErrorKind.INVALID, "the engine's command line " + why);
  }
}
