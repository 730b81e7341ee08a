package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;

import dev.reg.engine.access.HostAccounts;
import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.ProcessStatus;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** {@code top}: a container's processes as the host sees them. */
final class TopCommand implements Command {
  private final Context context;

  TopCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec = command("top", "Lists the processes of a container.");
    spec.usageMessage().customSynopsis("reg top [OPTIONS] CONTAINER [-o COLUMN,...]");
    spec.addPositional(Specs.container());
    spec.addPositional(
        Specs.operands(
                "COLUMN",
                "0..*",
                "Of ps: user, uid, pid, ppid, c, stime, tty, tname, time, comm, args or cmd.")
            .toBuilder()
            .index("1..*")
            .build());
    // What follows the container is as ps has it.
    spec.parser().stopAtPositional(true);
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    List<String> words = arguments.operands();
    TopColumns columns = TopColumns.parse(words.subList(1, words.size()));
    Container container = context.container(caller, words.getFirst());
    List<Integer> pids = processes(container);
    Duration up = Processes.upTime();
    TopColumns.Sight sight = new TopColumns.Sight(up, Instant.now().minus(up), new HostAccounts());
    Table table = columns.table();
    for (int pid : pids) {
      Optional<ProcessStatus> found = ProcessStatus.of(pid);
      if (found.isPresent()) {
        columns.add(table, found.get(), sight);
      }
    }
    caller.out(table.toString());
    return 0;
  }

  private static List<Integer> processes(Container container) throws RegException, IOException {
    int first = container.firstProcess();
    List<Integer> pids = List.of();
    try {
      pids = first == 0 ? pids : Processes.inPidNamespaceOf(first).stream().sorted().toList();
    } catch (SyscallException e) {
      // It has just ended: said below.
    }
    // Looked at again: one that ended meanwhile may have left its number to a process of the host.
    if (pids.isEmpty() || container.firstProcess() != first) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "top: container " + container.name() + " is not running but " + container.state());
    }
    return pids;
  }
}
