package dev.reg.engine.limit;

import java.util.ArrayList;
import java.util.List;

/**
 * A file of a control group and what is written into it.
 *
 * @param optional whether a kernel may lack it, because something else has seen to what it is for
 */
record LimitFile(Controller controller, String name, String value, boolean optional) {
  /**
   * What limits come to in version 1 of one controller, in the order in which the kernel takes it:
   * memory with swap can never be below memory.
   */
  static List<LimitFile> first(Controller controller, Limits limits, String nodes) {
    List<LimitFile> files = new ArrayList<>(2);
    switch (controller) {
      case MEMORY -> {
        files.add(always(controller, "memory.limit_in_bytes", limits.memory()));
        long swap = limits.effectiveMemorySwap();
        if (swap != Limits.UNLIMITED) {
          files.add(
              new LimitFile(controller, "memory.memsw.limit_in_bytes", Long.toString(swap), true));
        }
      }
      case CPU -> {
        files.add(always(controller, "cpu.cfs_period_us", Limits.PERIOD_MICROS));
        files.add(always(controller, "cpu.cfs_quota_us", limits.cpuMicros()));
      }
      case CPUSET -> {
        files.add(new LimitFile(controller, "cpuset.mems", nodes, false));
        files.add(new LimitFile(controller, "cpuset.cpus", "" + limits.cpuset(), false));
      }
      case PIDS -> files.add(always(controller, "pids.max", limits.pids()));
    }
    return files;
  }

  /** The same in version 2, where swap is counted by itself. */
  static List<LimitFile> second(Controller controller, Limits limits) {
    List<LimitFile> files = new ArrayList<>(2);
    switch (controller) {
      case MEMORY -> {
        files.add(always(controller, "memory.max", limits.memory()));
        long swap = limits.effectiveMemorySwap();
        if (swap != Limits.UNLIMITED) {
          String value = Long.toString(swap - limits.memory());
          files.add(new LimitFile(controller, "memory.swap.max", value, true));
        }
      }
      case CPU ->
          files.add(
              new LimitFile(
                  controller, "cpu.max", limits.cpuMicros() + " " + Limits.PERIOD_MICROS, false));
      case CPUSET ->
          files.add(new LimitFile(controller, "cpuset.cpus", "" + limits.cpuset(), false));
      case PIDS -> files.add(always(controller, "pids.max", limits.pids()));
    }
    return files;
  }

  private static LimitFile always(Controller controller, String name, long value) {
    return new LimitFile(controller, name, Long.toString(value), false);
  }
}
