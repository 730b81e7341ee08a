package dev.reg.engine.limit;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads limits as people write them, in Docker's syntax: on the command line and in files. What is
 * given later takes the place of what was given before. Each method's {@code what} is the name that
 * the person used, {@code -m} or {@code resources.memory}, and begins the message of the INVALID
 * that is thrown; nothing here looks at the machine.
 */
public final class LimitParser {
  /** Docker's: a container with less cannot even start. */
  private static final long MEMORY_LEAST = 6L << 20;

  /** PID_MAX_LIMIT of include/linux/threads.h, which no machine exceeds. */
  private static final long PIDS_MOST = 4L << 20;

  /** Kernels are built for 8192 processors at most. */
  private static final int PROCESSOR_MOST = 8191;

  /** The kernel takes no quota below a millisecond: min_cfs_quota_period in kernel/sched/core.c. */
  private static final long CPU_MICROS_LEAST = 1_000;

  /** docker/go-units RAMInBytes. */
  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) ?([kmgtp])?i?b?", Pattern.CASE_INSENSITIVE);

  private static final Pattern DECIMAL =
      Pattern.compile("[0-9]{1,9}(\\.[0-9]{0,9})?|\\.[0-9]{1,9}");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,4})(?:-([0-9]{1,4}))?");
  private static final int CPUSET_LENGTH = 1000;

  private long memory;
  private long memorySwap;
  private String memoryName = "-m";
  private String swapName = "--memory-swap";
  private long cpuMicros;
  private @Nullable String cpuset;
  private long pids;
  private final Map<String, Limits.Ulimit> ulimits = new LinkedHashMap<>();

  /** Bytes with a unit: {@code 128m}, {@code 1.5g}; 0 for no limit. */
  public void memory(String what, String text) throws RegException {
    long bytes = size(what, text, "128m");
    // Half a byte is not "no limit".
    boolean none = text.chars().noneMatch(c -> c >= '1' && c <= '9');
    if (!none && bytes < MEMORY_LEAST) {
      throw invalid(what, "wants at least 6m, not '" + text + "'");
    }
    memory = bytes;
    memoryName = what;
  }

  /** Memory and swap together, as {@link #memory}; -1 for as much swap as there is. */
  public void memorySwap(String what, String text) throws RegException {
    memorySwap = text.equals("-1") ? Limits.UNLIMITED : size(what, text, "256m or -1");
    swapName = what;
  }

  /** Processors: {@code 0.5}; 0 for no limit. */
  public void cpus(String what, String text) throws RegException {
    if (!DECIMAL.matcher(text).matches()) {
      throw invalid(what, "wants a number of processors such as 0.5 or 2, not '" + text + "'");
    }
    long micros =
        new BigDecimal(text)
            .multiply(BigDecimal.valueOf(Limits.PERIOD_MICROS))
            .setScale(0, RoundingMode.DOWN)
            .longValueExact();
    if (micros < CPU_MICROS_LEAST && new BigDecimal(text).signum() != 0) {
      throw invalid(what, "wants at least 0.01 of a processor, not '" + text + "'");
    }
    cpuMicros = micros;
  }

  /** Processors by number: {@code 0-2,5}; empty for all. */
  public void cpuset(String what, String text) throws RegException {
    if (!text.isEmpty()) {
      check(what, text);
    }
    cpuset = text.isEmpty() ? null : text;
  }

  private static void check(String what, String text) throws RegException {
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (text.length() > CPUSET_LENGTH || !range.matches()) {
        throw invalid(what, "wants processors such as 0-2,5, not '" + shown(text) + "'");
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      if (first > last || last > PROCESSOR_MOST) {
        throw invalid(what, "has no processors " + part + " in '" + shown(text) + "'");
      }
    }
  }

  /** Processes and threads: {@code 64}; 0 or -1 for no limit. */
  public void pids(String what, String text) throws RegException {
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException e) {
      number = Long.MIN_VALUE;
    }
    if (number < -1 || number > PIDS_MOST) {
      throw invalid(
          what,
          "wants a number of processes from 1 to "
              + PIDS_MOST
              + ", or -1 for no limit, not '"
              + shown(text)
              + "'");
    }
    pids = Math.max(number, 0);
  }

  /** {@code nofile=1024:2048}, {@code core=0}, {@code memlock=-1}: soft and hard. */
  public void ulimit(String what, String text) throws RegException {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw invalid(what, "wants NAME=SOFT[:HARD], not '" + shown(text) + "'");
    }
    String name = text.substring(0, equals);
    Integer resource = Ulimits.resource(name);
    if (resource == null) {
      throw invalid(what, "knows no '" + shown(name) + "'; there are " + Ulimits.names());
    }
    String[] values = text.substring(equals + 1).split(":", -1);
    if (values.length > 2) {
      throw invalid(what, "wants NAME=SOFT[:HARD], not '" + shown(text) + "'");
    }
    long soft = value(what, text, values[0]);
    long hard = values.length == 1 ? soft : value(what, text, values[1]);
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw invalid(what, "wants a soft limit that is at most the hard one, not '" + text + "'");
    }
    ulimits.put(name, new Limits.Ulimit(name, resource, soft, hard));
  }

  /** UNLIMITED is the largest unsigned number, as it is for the kernel. */
  private static long value(String what, String text, String value) throws RegException {
    if (value.equals("-1") || value.equals("unlimited")) {
      return Limits.UNLIMITED;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw invalid(what, "wants numbers, or -1 for no limit, not '" + shown(text) + "'");
  }

  /** Everything that was read. INVALID when the parts contradict each other. */
  public Limits limits() throws RegException {
    if (memorySwap != 0 && memory == 0) {
      throw invalid(swapName, "is memory and swap together: it needs " + memoryName + ", too");
    }
    if (memorySwap > 0 && memorySwap < memory) {
      throw invalid(
          swapName,
          "is memory and swap together: it cannot be less than " + memoryName + ", which is part");
    }
    return new Limits(
        memory, memorySwap, cpuMicros, cpuset, pids, ulimits.values().stream().toList());
  }

  private static long size(String what, String text, String example) throws RegException {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw invalid(what, "wants a size such as " + example + ", not '" + shown(text) + "'");
    }
    String unit = matcher.group(2) == null ? "" : matcher.group(2).toLowerCase(Locale.ROOT);
    int shift = unit.isEmpty() ? 0 : 10 * ("kmgtp".indexOf(unit) + 1);
    BigDecimal bytes =
        new BigDecimal(matcher.group(1))
            .multiply(BigDecimal.valueOf(1L << shift))
            .setScale(0, RoundingMode.DOWN);
    if (bytes.compareTo(BigDecimal.valueOf(1L << 60)) > 0) {
      throw invalid(what, "wants a size that a machine could have, not '" + text + "'");
    }
    return bytes.longValueExact();
  }

  private static String shown(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }

  private static RegException invalid(String what, String why) {
    return new RegException(ErrorKind.INVALID, what + " " + why);
  }
}
