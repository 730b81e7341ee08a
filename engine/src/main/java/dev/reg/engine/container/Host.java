package dev.reg.engine.container;

import dev.reg.engine.environment.BaseLayer;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.Grants;
import dev.reg.engine.limit.RepositoryGroup;
import dev.reg.engine.plan.PlanInput;
import dev.reg.engine.plan.Planner;
import dev.reg.linux.Processes;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What containers need of the machine, found out once.
 *
 * @param bootId the kernel's life
 * @param files the limit of open files for containers
 * @param groups where limits are enforced
 * @param repository whom shared files are charged to
 * @param grants what {@code --ulimit} can ask for
 */
record Host(
    Layout layout,
    Mounter mounter,
    Planner planner,
    BaseLayer base,
    ProcessTable processes,
    String bootId,
    PlanInput.FileLimit files,
    ControlGroups groups,
    RepositoryGroup repository,
    Grants grants) {
  /** What programs that know nothing of large limits expect: select(2) has 1024 bits. */
  private static final long SOFT_FILES = 1024;

  /** systemd's default since 240. */
  private static final long HARD_FILES = 524_288;

  private static final int SPARE_GROUPS = 8;

  /**
   * This machine.
   *
   * @param installation the directory that has libexec
   */
  static Host local(Layout layout, Path installation) throws IOException {
    ControlGroups groups = ControlGroups.host(SPARE_GROUPS);
    List<String> limits = Files.readAllLines(Path.of("/proc/self/limits"));
    return new Host(
        layout,
        new KernelMounter(),
        new Planner(path -> Files.exists(Path.of(path))),
        new BaseLayer(layout),
        ProcessTable.host(),
        Processes.bootId(),
        fileLimit(limits),
        groups,
        new RepositoryGroup(groups, installation.resolve("libexec/reg-reader")),
        Grants.of(limits, Files.readAllLines(Path.of("/proc/self/status"))));
  }

  /** From the text of proc_pid_limits(5): the hard limit is never raised. */
  static PlanInput.FileLimit fileLimit(List<String> limits) {
    long hard =
        limits.stream()
            .filter(line -> line.startsWith("Max open files"))
            .map(line -> line.substring("Max open files".length()).strip().split("\\s+", -1)[1])
            .mapToLong(text -> text.equals("unlimited") ? HARD_FILES : Long.parseLong(text))
            .findFirst()
            .orElse(SOFT_FILES);
    long bounded = Math.min(hard, HARD_FILES);
    return new PlanInput.FileLimit(Math.min(SOFT_FILES, bounded), bounded);
  }
}
