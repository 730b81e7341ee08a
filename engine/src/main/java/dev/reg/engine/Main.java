package dev.reg.engine;

import dev.reg.engine.command.DoctorCommand;
import dev.reg.engine.command.EngineService;
import dev.reg.engine.daemon.Daemon;
import dev.reg.engine.daemon.Options;
import dev.reg.engine.training.Training;
import dev.reg.error.RegException;
import java.nio.file.Path;
import java.util.List;

/** The engine's process. Started by {@code libexec/reg-start}; people speak to it through reg. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("--train")) {
      System.exit(
          Training.run(installation(), EngineService::open)); // the cache is written at exit
    }
    int status;
    try {
      if (args.length > 1 && args[0].equals("--doctor")) {
        System.exit(examine(List.of(args)));
      }
      status = Daemon.run(Options.parse(List.of(args)), EngineService::open);
    } catch (RegException e) {
      System.err.println("reg: " + e.line());
      status = 2;
    }
    System.err.flush();
    // Not exit: after SIGTERM the shutdown hook waits for this thread. Nothing is left to be done.
    Runtime.getRuntime().halt(status);
  }

  /**
   * {@code --doctor WHY OPTIONS... -- WORDS...}: the reason that no engine starts, and the rest.
   */
  private static int examine(List<String> args) throws RegException {
    int words = args.indexOf("--");
    Options options = Options.parse(args.subList(2, words));
    return DoctorCommand.alone(
        options.layout(), options.install(), args.get(1), args.subList(words + 1, args.size()));
  }

  /** {@code lib/} of an installation holds the jar this class is in. */
  private static Path installation() throws Exception {
    Path jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path lib = jar.getParent();
    Path install = lib == null ? null : lib.getParent();
    return install == null ? jar : install;
  }
}
