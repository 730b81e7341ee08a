package dev.reg.engine.container;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The kernel, as tests want it: what runs is in {@link #startTimes}. */
final class FakeProcesses implements ProcessTable {
  /** By pid. */
  final Map<Integer, Long> startTimes = new HashMap<>();

  /** The first process of each container, by its id. */
  final Map<String, Integer> roots = new HashMap<>();

  /** By pid. */
  final Map<Integer, String> namespaces = new HashMap<>();

  /** What it knows of every ended process. */
  OptionalInt code = OptionalInt.empty();

  @Override
  public OptionalLong startTime(int pid) {
    Long time = startTimes.get(pid);
    return time == null ? OptionalLong.empty() : OptionalLong.of(time);
  }

  @Override
  public List<String> groups(int pid) {
    return List.of();
  }

  @Override
  public Optional<Fd> open(int pid) {
    try {
      return startTimes.containsKey(pid)
          ? Optional.of(Descriptors.open("/dev/null", Open.O_RDONLY, 0))
          : Optional.empty();
    } catch (SyscallException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public OptionalInt exitCode(Fd pidfd, int pid) {
    return code;
  }

  @Override
  public Optional<String> pidNamespace(int pid) {
    return Optional.ofNullable(namespaces.get(pid));
  }

  @Override
  public Map<String, Integer> containers() {
    return new HashMap<>(roots);
  }

  @Override
  public boolean hasEnded(Fd pidfd) {
    return false;
  }
}
