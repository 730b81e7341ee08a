package dev.reg.engine.limit;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the engine can set the limits of setrlimit(2): containers inherit its own, and only who
 * has CAP_SYS_RESOURCE raises a hard one.
 *
 * @param hard the engine's hard limits by resource; unsigned, {@link Limits#UNLIMITED} for none
 * @param privileged whether hard limits can be raised
 */
public record Grants(Map<Integer, Long> hard, boolean privileged) {
  private static final int CAP_SYS_RESOURCE = 24;

  public Grants {
    hard = Map.copyOf(hard);
  }

  /**
   * What this process can grant.
   *
   * @param limits lines of proc_pid_limits(5)
   * @param status lines of proc_pid_status(5)
   */
  public static Grants of(List<String> limits, List<String> status) {
    Map<Integer, Long> hard = new HashMap<>();
    for (int resource = 0; resource <= 15; resource++) {
      if (resource != 9) { // RLIMIT_AS, which has no name here
        String name = Ulimits.procName(resource) + " ";
        for (String line : limits) {
          if (line.startsWith(name)) {
            String text = line.substring(name.length()).strip().split("\\s+", -1)[1];
            hard.put(
                resource,
                text.equals("unlimited") ? Limits.UNLIMITED : Long.parseUnsignedLong(text));
          }
        }
      }
    }
    long capabilities =
        status.stream()
            .filter(line -> line.startsWith("CapEff:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    return new Grants(hard, (capabilities >> CAP_SYS_RESOURCE & 1) != 0);
  }

  /** FAILED_PRECONDITION, with all of them, when limits are higher than the engine may set them. */
  public void check(Limits limits) throws RegException {
    if (privileged || limits.ulimits().isEmpty()) {
      return;
    }
    List<String> tooHigh = new ArrayList<>();
    for (Limits.Ulimit ulimit : limits.ulimits()) {
      long most = hard.getOrDefault(ulimit.resource(), Limits.UNLIMITED);
      if (Long.compareUnsigned(ulimit.hard(), most) > 0) {
        tooHigh.add(ulimit.name() + " (at most " + most + ")");
      }
    }
    if (!tooHigh.isEmpty()) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot limit "
              + String.join(", ", tooHigh)
              + " as --ulimit wants: the engine's own limit is lower, and it lacks"
              + " CAP_SYS_RESOURCE; ask for less, or start the engine with a higher limit");
    }
  }
}
