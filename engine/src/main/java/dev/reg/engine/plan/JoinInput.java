package dev.reg.engine.plan;

import dev.reg.engine.plan.SetupOp.Terminal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the plan of a process that joins a container is made from; its parts are as in {@link
 * PlanInput}.
 *
 * @param workdir has to be there
 * @param programFd what is executed; null when the first of argv names it
 */
public record JoinInput(
    int stdinFd,
    int stdoutFd,
    int stderrFd,
    @Nullable Terminal terminal,
    String workdir,
    PlanInput.FileLimit files,
    List<SetupOp.ResourceLimit> limits,
    List<Integer> groupFds,
    SetupOp.User user,
    boolean confined,
    List<String> argv,
    List<String> environment,
    @Nullable Integer programFd) {
  public JoinInput {
    limits = List.copyOf(limits);
    groupFds = List.copyOf(groupFds);
    argv = List.copyOf(argv);
    environment = List.copyOf(environment);
  }
}
