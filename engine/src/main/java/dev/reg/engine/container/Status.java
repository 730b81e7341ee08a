package dev.reg.engine.container;

import dev.reg.engine.lifecycle.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What changes about a container, as it is recorded.
 *
 * @param exitCode of the last run, 0..255; null before the first end, and when nobody knows it
 * @param oomKilled whether the kernel ended a process of the last run for want of memory
 * @param started when the current or last run's program was executed
 * @param finished when the last run's program ended
 * @param token what the foreground client of the current or last run resumes with
 * @param run null when no process is thought to be there
 */
public record Status(
    State state,
    @Nullable Integer exitCode,
    boolean oomKilled,
    @Nullable Instant started,
    @Nullable Instant finished,
    @Nullable String token,
    @Nullable RunRecord run) {
  /**
   * Names the run's processes for an engine that knows nothing else.
   *
   * @param pid PID 1 in the host's view; 0 when it was not known yet
   * @param startTime clock ticks after boot, see Processes.startTime; 0 when not known yet
   * @param bootId the kernel's life that this was in
   * @param group the name of its control groups; null without limits
   */
  public record RunRecord(int pid, long startTime, String bootId, @Nullable String group) {}

  /** A container that has never run. */
  static Status initial(State state) {
    return new Status(state, null, false, null, null, null, null);
  }
}
