package dev.reg.engine.limit;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.BitSet;
import java.util.Locale;
import java.util.Set;

/** Why a limit cannot be enforced on this machine, and what to do about it. */
final class Refusals {
  /** More groups than the kernel takes (ENOSPC), no memory, no descriptors. */
  private static final Set<Integer> EXHAUSTED =
      Set.of(Errno.ENOSPC, Errno.ENOMEM, Errno.EMFILE, Errno.ENFILE);

  private Refusals() {}

  static RegException noController(Controller controller) {
    return refused(
        controller,
        "the kernel's controller "
            + controller.kernelName()
            + " is not there; enable it (kernel parameter cgroup_enable="
            + controller.kernelName()
            + ", or mount its hierarchy)");
  }

  static RegException noPlace(Controller controller) {
    return refused(
        controller,
        "the launcher could not make a control group of its own (launcher.log says why); mount"
            + " /sys/fs/cgroup writable and start the engine anew");
  }

  /** EXHAUSTED when it may be possible another time. */
  static RegException unusable(Controller controller, String tried, IOException cause) {
    boolean exhausted = isExhausted(cause);
    return new RegException(
        exhausted ? ErrorKind.EXHAUSTED : ErrorKind.FAILED_PRECONDITION,
        cannot(controller)
            + tried
            + " failed: "
            + cause.getMessage()
            + (exhausted ? "" : "; the engine needs to be able to make control groups there"),
        cause);
  }

  /** Whether something ran out that others may give back. */
  static boolean isExhausted(IOException failure) {
    return failure instanceof SyscallException call && EXHAUSTED.contains(call.errno());
  }

  private static RegException refused(Controller controller, String why) {
    return failed(cannot(controller) + why);
  }

  private static String cannot(Controller controller) {
    return "cannot limit " + controller.what + " (" + controller.option + "): ";
  }

  static RegException noSwapAccounting(Limits limits) {
    return failed(
        "cannot limit swap ("
            + (limits.memorySwap() == 0 ? "-m" : "--memory-swap")
            + "): this kernel does not count it for each control group; boot with swapaccount=1"
            + (limits.memorySwap() == 0 ? ", or allow swap with --memory-swap=-1" : ""));
  }

  /** As Docker has it: more than there is would be no limit. */
  static void checkProcessors(Limits limits, int processors) throws RegException {
    if (limits.cpuMicros() > processors * Limits.PERIOD_MICROS) {
      throw failed(
          String.format(
              Locale.ROOT,
              "cannot limit processor time (--cpus) to %s: the machine has %d processors",
              trimmed(limits.cpus()),
              processors));
    }
  }

  private static String trimmed(double number) {
    return number == (long) number ? Long.toString((long) number) : Double.toString(number);
  }

  /**
   * @param there processors that can be used, as the kernel lists them
   */
  static void checkCpuset(String wanted, String there) throws RegException {
    BitSet missing = bits(wanted);
    missing.andNot(bits(there));
    if (!missing.isEmpty()) {
      throw failed(
          "cannot run on the processors "
              + wanted
              + " (--cpuset-cpus): the machine has "
              + (there.isEmpty() ? "none to give" : there));
    }
  }

  private static BitSet bits(String list) {
    BitSet bits = new BitSet();
    for (String part : list.isEmpty() ? new String[0] : list.split(",", -1)) {
      int dash = part.indexOf('-');
      int from = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
      int to = dash < 0 ? from : Integer.parseInt(part.substring(dash + 1));
      bits.set(from, to + 1);
    }
    return bits;
  }

  private static RegException failed(String line) {
    return new RegException(ErrorKind.FAILED_PRECONDITION, line);
  }
}
