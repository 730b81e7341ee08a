package dev.reg.engine.limit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container may use; Docker's limits with Docker's meanings. Made by {@link LimitParser}.
 *
 * @param memory bytes; 0 for no limit
 * @param memorySwap bytes of memory and swap together; 0 when nothing was said, which is twice the
 *     memory; {@link #UNLIMITED} for as much swap as there is
 * @param cpuMicros microseconds of processor time in each {@link #PERIOD_MICROS}, all processors
 *     together; 0 for no limit
 * @param cpuset processors by number, {@code 0-2,5}; null for all
 * @param pids processes and threads, the container's own init among them; 0 for no limit
 * @param ulimits of setrlimit(2), one a resource
 */
public record Limits(
    long memory,
    long memorySwap,
    long cpuMicros,
    @Nullable String cpuset,
    long pids,
    List<Ulimit> ulimits) {
  /** No limit at all. */
  public static final Limits NONE = new Limits(0, 0, 0, null, 0, List.of());

  /** A {@link #memorySwap} without end. */
  public static final long UNLIMITED = -1;

  /** The kernel's default period, and Docker's. */
  public static final long PERIOD_MICROS = 100_000;

  public Limits {
    ulimits = List.copyOf(ulimits);
  }

  /**
   * A limit of each of the container's processes.
   *
   * @param name Docker's, {@code nofile}
   * @param resource setrlimit(2)'s number, the same on all architectures that Reg runs on
   * @param soft {@link #UNLIMITED} for none; in the units of setrlimit(2)
   * @param hard at least as large
   */
  public record Ulimit(String name, int resource, long soft, long hard) {}

  /** Whether control groups are needed. */
  public boolean needGroups() {
    return memory != 0 || cpuMicros != 0 || cpuset != null || pids != 0;
  }

  /** Processors, {@code 0.5}. */
  public double cpus() {
    return (double) cpuMicros / PERIOD_MICROS;
  }

  /**
   * The limit of memory and swap together as the kernel is to have it.
   *
   * @return {@link #UNLIMITED} for none
   */
  public long effectiveMemorySwap() {
    if (memory == 0 || memorySwap == UNLIMITED) {
      return UNLIMITED;
    }
    if (memorySwap != 0) {
      return memorySwap;
    }
    return memory > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : memory * 2;
  }
}
