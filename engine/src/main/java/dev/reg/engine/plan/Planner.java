package dev.reg.engine.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Orders the operations. Pure but for what the host's /proc has, which is found out once. */
public final class Planner {
  /** What Docker hides: moby oci/defaults.go, as of 28. */
  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi");

  /** What Docker makes read-only: moby oci/defaults.go. */
  private static final List<String> PROTECTED =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /**
   * CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SETPCAP 8,
   * NET_BIND_SERVICE 10, SYS_CHROOT 18, AUDIT_WRITE 29, SETFCAP 31 of capabilities(7): Docker's
   * default less NET_RAW 13 and MKNOD 27.
   */
  private static final long CAPABILITIES = 0xa00405fbL;

  private static final String SHARED_MEMORY = "/dev/shm";
  private static final int RLIMIT_NOFILE = 7;
  private static final int CONFINED = MountFlags.NOSUID | MountFlags.NODEV | MountFlags.NOEXEC;

  private final List<SetupOp> filesystems;

  /**
   * @param exists tells whether a path is on this host: masking what is missing would cost each
   *     start a system call for nothing
   */
  public Planner(Predicate<String> exists) {
    List<SetupOp> ops = new ArrayList<>();
    ops.add(new SetupOp.FsMount("proc", "/proc", CONFINED, "", 0));
    MASKED.stream().filter(exists).map(SetupOp.Mask::new).forEach(ops::add);
    PROTECTED.stream().filter(exists).map(SetupOp.Protect::new).forEach(ops::add);
    ops.add(new SetupOp.Fixture(SetupOp.Fixture.Kind.SYS, "/sys"));
    ops.add(new SetupOp.Fixture(SetupOp.Fixture.Kind.DEV, "/dev"));
    ops.add(
        new SetupOp.FsMount(
            "devpts",
            "/dev/pts",
            MountFlags.NOSUID | MountFlags.NOEXEC,
            "newinstance,ptmxmode=0666,mode=0620,gid=5",
            0));
    ops.add(new SetupOp.FsMount("tmpfs", SHARED_MEMORY, CONFINED, "size=64m,mode=1777", 0));
    ops.add(new SetupOp.FsMount("mqueue", "/dev/mqueue", CONFINED, "", 0));
    filesystems = List.copyOf(ops);
  }

  /** For a container's program. */
  public Plan plan(PlanInput input) {
    return plan(input, null);
  }

  /**
   * For a copier that has everything as a container's program would. What is fresh at each start is
   * read-only: what would be copied there would be lost at once.
   *
   * @param programFd what is executed
   */
  public Plan copy(PlanInput input, int programFd) {
    return plan(input, programFd);
  }

  private Plan plan(PlanInput input, @Nullable Integer programFd) {
    boolean copies = programFd != null;
    List<SetupOp> ops = new ArrayList<>(40);
    // What follows is charged to them.
    input.groupFds().forEach(fd -> ops.add(new SetupOp.ControlGroup(fd)));
    ops.add(new SetupOp.Stdio(input.stdinFd(), input.stdoutFd(), input.stderrFd()));
    ops.add(new SetupOp.Root(input.rootFd()));
    SetupOp.Terminal terminal = input.terminal();
    if (terminal != null) {
      ops.add(terminal);
    }
    ops.add(new SetupOp.Mount(input.usrFd(), "/usr", 0));
    ops.addAll(filesystems);
    if (input.confined()) {
      ops.add(new SetupOp.Rights(input.user()));
    }
    addMounts(ops, input, copies);
    ops.add(new SetupOp.Hostname(input.hostname()));
    ops.add(new SetupOp.Workdir(input.workdir(), !isThere(input)));
    if (input.readOnly()) {
      // After everything that may have to make its own place.
      ops.add(new SetupOp.ReadOnly("/"));
    }
    Integer exit = input.exitFd();
    if (exit != null) {
      ops.add(new SetupOp.ExitFile(exit));
    }
    confine(ops, input.files(), input.limits(), input.user(), input.confined());
    ops.add(new SetupOp.Exec(input.argv(), input.environment(), programFd));
    return new Plan(ops);
  }

  /** For a process that joins a container: what its program has of its own, and is confined by. */
  public Plan join(JoinInput input) {
    List<SetupOp> ops = new ArrayList<>(12);
    input.groupFds().forEach(fd -> ops.add(new SetupOp.ControlGroup(fd)));
    ops.add(new SetupOp.Stdio(input.stdinFd(), input.stdoutFd(), input.stderrFd()));
    SetupOp.Terminal terminal = input.terminal();
    if (terminal != null) {
      ops.add(terminal);
    }
    if (input.confined()) {
      ops.add(new SetupOp.Rights(input.user()));
    }
    ops.add(new SetupOp.Workdir(input.workdir(), false));
    confine(ops, input.files(), input.limits(), input.user(), input.confined());
    ops.add(new SetupOp.Exec(input.argv(), input.environment(), input.programFd()));
    return new Plan(ops);
  }

  /** The same for a container's program and for what joins it. */
  private static void confine(
      List<SetupOp> ops,
      PlanInput.FileLimit files,
      List<SetupOp.ResourceLimit> limits,
      SetupOp.User user,
      boolean confined) {
    if (limits.stream().noneMatch(limit -> limit.resource() == RLIMIT_NOFILE)) {
      ops.add(new SetupOp.ResourceLimit(RLIMIT_NOFILE, files.soft(), files.hard()));
    }
    ops.addAll(limits);
    // Bounding set first: leaving root takes away the right to shrink it.
    ops.add(new SetupOp.Capabilities(confined ? 0 : CAPABILITIES));
    ops.add(user);
    ops.add(new SetupOp.NoNewPrivileges());
  }

  /** Whether the working directory is a mount's place or the root: looking for it would cost. */
  private static boolean isThere(PlanInput input) {
    for (PlanInput.Attached attached : input.attached()) {
      if (attached.path().equals(input.workdir())) {
        return true;
      }
    }
    return input.workdir().equals("/");
  }

  /** Outer places before those inside them, otherwise as the caller gave them. */
  private static void addMounts(List<SetupOp> ops, PlanInput input, boolean copies) {
    if (copies) {
      ops.add(new SetupOp.ReadOnly(SHARED_MEMORY));
    }
    if (input.attached().size() == 1 && input.tmpfs().isEmpty()) {
      ops.add(mount(input.attached().getFirst()));
      return;
    }
    List<Placed> placed = new ArrayList<>();
    for (String path : input.tmpfs()) {
      placed.add(
          new Placed(
              path,
              new SetupOp.FsMount(
                  "tmpfs",
                  path,
                  MountFlags.NOSUID
                      | MountFlags.NODEV
                      | (copies && !hasWithin(input, path) ? MountFlags.RDONLY : 0),
                  "mode=1777",
                  SetupOp.MAKE_DIRECTORIES | SetupOp.FOLLOW_LINKS)));
    }
    for (PlanInput.Attached attached : input.attached()) {
      placed.add(new Placed(attached.path(), mount(attached)));
    }
    placed.sort(Comparator.comparingLong(Placed::depth));
    placed.forEach(p -> ops.add(p.operation()));
    if (copies) {
      input.tmpfs().stream()
          .filter(path -> hasWithin(input, path))
          .forEach(path -> ops.add(new SetupOp.ReadOnly(path)));
    }
  }

  /** Whether another mount's place is to be made within this one. */
  private static boolean hasWithin(PlanInput input, String place) {
    return Stream.concat(
            input.tmpfs().stream(), input.attached().stream().map(PlanInput.Attached::path))
        .anyMatch(other -> other.startsWith(place + "/"));
  }

  private static SetupOp mount(PlanInput.Attached attached) {
    int make =
        attached.directory()
            ? SetupOp.MAKE_DIRECTORIES
            : SetupOp.MAKE_DIRECTORIES | SetupOp.MAKE_FILE;
    return new SetupOp.Mount(attached.fd(), attached.path(), make | SetupOp.FOLLOW_LINKS);
  }

  private record Placed(String path, SetupOp operation) {
    long depth() {
      return path.chars().filter(c -> c == '/').count();
    }
  }

  /** Where an operation worked, for a message; null when it has no path. */
  public static @Nullable String path(SetupOp operation) {
    return switch (operation) {
      case SetupOp.Mount op -> op.path();
      case SetupOp.FsMount op -> op.path();
      case SetupOp.Fixture op -> op.path();
      case SetupOp.Mask op -> op.path();
      case SetupOp.Protect op -> op.path();
      case SetupOp.ReadOnly op -> op.path();
      case SetupOp.Workdir op -> op.path();
      case SetupOp.ControlGroup op -> null;
      case SetupOp.Stdio op -> null;
      case SetupOp.Root op -> null;
      case SetupOp.Hostname op -> null;
      case SetupOp.ResourceLimit op -> null;
      case SetupOp.User op -> null;
      case SetupOp.Rights op -> null;
      case SetupOp.Capabilities op -> null;
      case SetupOp.NoNewPrivileges op -> null;
      case SetupOp.ExitFile op -> null;
      case SetupOp.Terminal op -> null;
      case SetupOp.Exec op -> null;
    };
  }
}
