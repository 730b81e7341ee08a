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
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** {@code top}: a container's processes as the host sees them, in the columns of ps -f. */
final class TopCommand implements Command {
  private static final DateTimeFormatter TODAY = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
  private static final DateTimeFormatter EARLIER =
      DateTimeFormatter.ofPattern("MMMdd", Locale.ROOT);

  /** Of a second: USER_HZ, which is the same on every machine. */
  private static final int TICKS = 100;

  /** Major numbers of pseudo-terminals: the kernel's admin-guide/devices.txt. */
  private static final int FIRST_PTS = 136;

  private static final int LAST_PTS = 143;

  private final Context context;

  TopCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec = command("top", "Lists the processes of a container.");
    spec.addPositional(Specs.container());
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container = context.container(caller, arguments.operands().getFirst());
    List<Integer> pids = processes(container);
    Duration up = Processes.upTime();
    Instant boot = Instant.now().minus(up);
    HostAccounts accounts = new HostAccounts();
    Table table = new Table("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
    for (int pid : pids) {
      Optional<ProcessStatus> found = ProcessStatus.of(pid);
      if (found.isPresent()) {
        ProcessStatus process = found.get();
        Duration age = up.minusMillis(process.startTicks() * (1000 / TICKS));
        table.row(
            accounts.userName(process.uid()).orElse(Integer.toUnsignedString(process.uid())),
            Integer.toString(pid),
            Integer.toString(process.parent()),
            Long.toString(process.ticks() * 100 / TICKS / Math.max(1, age.toSeconds())),
            started(boot.plusMillis(process.startTicks() * (1000 / TICKS))),
            terminal(process.terminal()),
            used(process.ticks() / TICKS),
            process.command());
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

  private static String started(Instant at) {
    ZonedDateTime local = at.atZone(ZoneId.systemDefault());
    return local.format(
        local.toLocalDate().equals(LocalDate.now(local.getZone())) ? TODAY : EARLIER);
  }

  /** {@code tty_nr} has the minor number in bits 31 to 20 and 7 to 0, the major in 15 to 8. */
  static String terminal(int number) {
    int major = number >> 8 & 0xfff;
    int minor = (number & 0xff) | (number >> 12 & 0xfff00);
    if (number == 0) {
      return "?";
    }
    return major >= FIRST_PTS && major <= LAST_PTS
        ? "pts/" + ((major - FIRST_PTS) * 256 + minor)
        : major + ":" + minor;
  }

  /** {@code HH:MM:SS}. */
  static String used(long seconds) {
    return String.format(
        Locale.ROOT, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
