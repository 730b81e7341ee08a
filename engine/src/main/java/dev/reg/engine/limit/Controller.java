package dev.reg.engine.limit;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The kernel's controllers that limits need, with the names that both versions know them by. */
enum Controller {
  MEMORY("-m", "memory"),
  CPU("--cpus", "processor time"),
  CPUSET("--cpuset-cpus", "which processors are used"),
  PIDS("--pids-limit", "the number of processes");

  /** What asks for it, and what it is about: for messages. */
  final String option;

  final String what;

  Controller(String option, String what) {
    this.option = option;
    this.what = what;
  }

  String kernelName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Set<Controller> neededBy(Limits limits) {
    EnumSet<Controller> needed = EnumSet.noneOf(Controller.class);
    if (limits.memory() != 0) {
      needed.add(MEMORY);
    }
    if (limits.cpuMicros() != 0) {
      needed.add(CPU);
    }
    if (limits.cpuset() != null) {
      needed.add(CPUSET);
    }
    if (limits.pids() != 0) {
      needed.add(PIDS);
    }
    return needed;
  }
}
