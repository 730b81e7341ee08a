package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.repeated;
import static dev.reg.engine.command.Specs.value;

import dev.reg.engine.limit.LimitParser;
import dev.reg.error.RegException;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/** The options that limit what a container may use; Docker's. */
final class LimitOptions {
  static final String MEMORY = "--memory";
  static final String MEMORY_SWAP = "--memory-swap";
  static final String CPUS = "--cpus";
  static final String CPUSET = "--cpuset-cpus";
  static final String PIDS = "--pids-limit";
  static final String ULIMIT = "--ulimit";

  private LimitOptions() {}

  static List<OptionSpec> specs() {
    return List.of(
        value("SIZE", "How much memory it may use: 128m.", "-m", MEMORY),
        value("SIZE", "Memory and swap together; twice the memory by default.", MEMORY_SWAP),
        value("NUMBER", "How much processor time: 0.5 is half of one processor's.", CPUS),
        value("LIST", "On which processors it runs: 0-2,5.", CPUSET),
        value("NUMBER", "How many processes and threads it may have.", PIDS),
        repeated("NAME=SOFT[:HARD]", "A limit of setrlimit(2): nofile=1024:2048.", ULIMIT));
  }

  /**
   * Adds those that were given to what the parser has from elsewhere. INVALID for what cannot be
   * meant; whether the machine can do it is not looked at.
   */
  static void add(LimitParser parser, Arguments arguments) throws RegException {
    try {
      take(arguments, MEMORY, parser::memory);
      take(arguments, MEMORY_SWAP, parser::memorySwap);
      take(arguments, CPUS, parser::cpus);
      take(arguments, CPUSET, parser::cpuset);
      take(arguments, PIDS, parser::pids);
      for (String text : arguments.all(ULIMIT)) {
        parser.ulimit(ULIMIT, text);
      }
    } catch (RegException e) {
      throw new RegException(e.kind(), arguments.command() + ": " + e.line());
    }
  }

  /** One of the parser's methods. */
  interface Taker {
    void take(String what, String text) throws RegException;
  }

  private static void take(Arguments arguments, String option, Taker taker) throws RegException {
    String text = arguments.one(option);
    if (text != null) {
      taker.take(option, text);
    }
  }
}
