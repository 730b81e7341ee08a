package dev.reg.engine.plan;

import dev.reg.engine.plan.SetupOp.Terminal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container's plan is made from. {@code fd} components are indices into the descriptors of
 * the START message.
 *
 * @param terminal null without one; where it takes the place of a stream, that one's {@code fd} is
 *     its socket's
 * @param rootFd the overlay
 * @param usrFd the environment's tree
 * @param attached project and volumes, in any order
 * @param tmpfs targets of {@code --tmpfs}
 * @param readOnly whether {@code /} becomes read-only in the end
 * @param hostname at most 64 characters
 * @param files unless {@code limits} has another for the same resource
 * @param groupFds files {@code tasks} of the control groups that it joins
 * @param confined whether the program has no capabilities, now or ever
 * @param exitFd the exit file, for an init to write; null for a copy, and without an init
 * @param environment the program's, complete
 */
public record PlanInput(
    int stdinFd,
    int stdoutFd,
    int stderrFd,
    @Nullable Terminal terminal,
    int rootFd,
    int usrFd,
    List<Attached> attached,
    List<String> tmpfs,
    boolean readOnly,
    String hostname,
    String workdir,
    FileLimit files,
    List<SetupOp.ResourceLimit> limits,
    List<Integer> groupFds,
    SetupOp.User user,
    boolean confined,
    @Nullable Integer exitFd,
    List<String> argv,
    List<String> environment) {
  /**
   * A detached mount and its place.
   *
   * @param directory whether it is a directory, so that a missing target is made as one
   */
  public record Attached(int fd, String path, boolean directory) {}

  /** Open files: limits of RLIMIT_NOFILE. */
  public record FileLimit(long soft, long hard) {}

  public PlanInput {
    attached = List.copyOf(attached);
    tmpfs = List.copyOf(tmpfs);
    limits = List.copyOf(limits);
    groupFds = List.copyOf(groupFds);
    argv = List.copyOf(argv);
    environment = List.copyOf(environment);
  }
}
